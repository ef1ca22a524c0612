import { anonymous } from '@undertone/contracts/access/principal';
import { registerUser } from '@undertone/contracts/identity/rpc';
import {
  changePassword,
  createInvitation,
  createPasswordCode,
  setPassword,
} from '@undertone/contracts/sign-in/rpc';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { admin, code, PASSWORD, People, session } from './people.js';
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

  it('of what is too weak costs tries, too, since it is looked at for longest', async () => {
    const address = '192.0.2.170';
    const { code: invitation } = await identity.ask(createInvitation, { admin: false }, admin);
    const weak = { display_name: 'W', email: 'w@example.org', password: 'password1', invitation, address };
    const register = () => identity.ask(registerUser, weak, anonymous);
    for (let n = 0; n < 5; n += 1) await expect(register()).rejects.toEqual(code('INVALID_INPUT'));
    await expect(register()).rejects.toEqual(code('SIGN_IN_SLOWED'));

    const { user_id } = await people.join();
    const question = { user_id, current_password: PASSWORD, new_password: 'password1', address };
    const change = () => identity.ask(changePassword, question, session(user_id));
    for (let n = 0; n < 5; n += 1) await expect(change()).rejects.toEqual(code('INVALID_INPUT'));
    await expect(change()).rejects.toEqual(code('SIGN_IN_SLOWED'));
  });

  it('from many addresses keeps an owner at a new one out for a minute, and no longer', async () => {
    const { email } = await people.join();
    const guess = async (n: number) => {
      await people.enter(email, 'wrong', `203.0.113.${n % 250}`).catch(() => undefined);
    };
    for (let n = 0; n < 40; n += 1) await guess(n);
    const enter = () => people.enter(email, PASSWORD, '192.0.2.210');
    await expect(enter()).rejects.toEqual(code('SIGN_IN_SLOWED'));
    // A minute of guesses that come first each time.
    await identity.orm.em.execute(
      `update failed_try set waiting_since = waiting_since - interval '61 seconds'`,
    );
    await guess(41);
    expect(await enter()).toHaveProperty('access_token');
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
    for (let n = 0; n < 30; n += 1) {
      await expect(set(good, '192.0.2.67')).rejects.toEqual(code('INVALID_INPUT'));
    }
    await expect(set(good, '192.0.2.67')).rejects.toEqual(code('SIGN_IN_SLOWED'));
  });
});
