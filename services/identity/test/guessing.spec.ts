import { anonymous } from '@undertone/contracts/access/principal';
import { registerUser } from '@undertone/contracts/identity/rpc';
import { createInvitation, createPasswordCode, setPassword } from '@undertone/contracts/sign-in/rpc';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { admin, code, PASSWORD, People } from './people.js';
import { type RunningIdentity, runIdentity } from './running-identity.js';

let identity: RunningIdentity;
let people: People;
beforeAll(async () => {
  identity = await runIdentity();
  people = new People(identity);
});
afterAll(() => identity.stop());

describe('guessing', () => {
  it('waits longer after each failure, and the right password does not help before the wait is over', async () => {
    const { email } = await people.join();
    for (let n = 0; n < 5; n += 1) {
      await expect(people.enter(email, 'wrong')).rejects.toEqual(code('SIGN_IN_FAILED'));
    }
    await expect(people.enter(email)).rejects.toMatchObject({ code: 'SIGN_IN_SLOWED', retryAfter: 1 });
    // From elsewhere the owner comes in.
    expect(await people.enter(email, PASSWORD, '192.0.2.9')).toHaveProperty('access_token');
    await identity.orm.em.execute(`update failed_try set failed_at = failed_at - interval '2 seconds'`);
    await expect(people.enter(email, 'wrong')).rejects.toEqual(code('SIGN_IN_FAILED'));
    await expect(people.enter(email)).rejects.toMatchObject({ code: 'SIGN_IN_SLOWED', retryAfter: 2 });
  });

  it('at many at the same moment gets no further', async () => {
    const { email } = await people.join();
    const tries = await Promise.allSettled(
      Array.from({ length: 20 }, () => people.enter(email, 'wrong', '192.0.2.77')),
    );
    const codes = tries.map((one) => (one.status === 'rejected' ? one.reason.code : 'in'));
    expect(codes.filter((one) => one === 'SIGN_IN_FAILED')).toHaveLength(5);
    expect(codes.filter((one) => one === 'SIGN_IN_SLOWED')).toHaveLength(15);
  });

  it('is not what many are taken for who sign in at the same moment', async () => {
    const emails = await Promise.all([1, 2, 3].map(async () => (await people.join()).email));
    for (let round = 0; round < 4; round += 1) {
      const all = [...emails, ...emails, ...emails].map((email) => people.enter(email));
      expect(await Promise.all(all)).toHaveLength(9);
    }
  });

  it('at an address that nobody has is answered the same', async () => {
    await expect(people.enter('nobody@example.org', PASSWORD, '192.0.2.5')).rejects.toEqual(
      code('SIGN_IN_FAILED'),
    );
  });

  it('from many addresses does not keep out whoever signed in from theirs before', async () => {
    const { email } = await people.join();
    await people.enter(email, PASSWORD, '192.0.2.200');
    for (let n = 0; n < 40; n += 1) {
      await people.enter(email, 'wrong', `198.51.100.${n}`).catch(() => undefined);
    }
    await expect(people.enter(email, PASSWORD, '192.0.2.201')).rejects.toEqual(code('SIGN_IN_SLOWED'));
    expect(await people.enter(email, PASSWORD, '192.0.2.200')).toHaveProperty('access_token');
  });

  it('is not paid back by registering between guesses', async () => {
    const address = '192.0.2.150';
    const outcomes: string[] = [];
    for (let n = 0; n < 33; n += 1) {
      const { code: invitation } = await identity.ask(createInvitation, { admin: false }, admin);
      const email = `paid.${n}@example.org`;
      const person = { display_name: 'Paid', email, password: PASSWORD, invitation, address };
      await identity.ask(registerUser, person, anonymous).catch(() => undefined);
      const guess = people.enter(`guessed.${n}@example.org`, 'wrong', address);
      outcomes.push(await guess.catch((error: { code: string }) => error.code).then(String));
    }
    expect(outcomes.at(-1)).toBe('SIGN_IN_SLOWED');
  });

  it('at codes costs no look at the password, and slows nobody else', async () => {
    const { user_id } = await people.join();
    const set = (given: string, address: string) =>
      identity.ask(setPassword, { code: given, password: 'password1', address }, anonymous);
    for (let n = 0; n < 30; n += 1) {
      await expect(set('made-up', '192.0.2.66')).rejects.toEqual(code('CODE_NOT_VALID'));
    }
    await expect(set('made-up', '192.0.2.66')).rejects.toEqual(code('SIGN_IN_SLOWED'));
    const { code: good } = await identity.ask(createPasswordCode, { user_id }, admin);
    await expect(set(good, '192.0.2.67')).rejects.toEqual(code('INVALID_INPUT'));
  });
});
