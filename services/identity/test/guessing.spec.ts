import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { code, PASSWORD, People } from './people.js';
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
});
