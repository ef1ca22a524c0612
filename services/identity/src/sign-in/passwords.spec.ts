import { newPassword } from '@undertone/contracts/sign-in/password';
import { describe, expect, it } from 'vitest';
import { faultOf, hashPassword, isOutdated, isPassword } from './passwords.js';

describe('a stored password', () => {
  it('is hashed with Argon2id, 19 MiB and two passes', async () => {
    const stored = await hashPassword('copper lantern waltz 7');
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await hashPassword('copper lantern waltz 7')).not.toBe(stored);
    expect(isOutdated(stored)).toBe(false);
    expect(isOutdated(stored.replace('t=2', 't=1'))).toBe(true);
  });

  it('is checked to its last character, and in its case', async () => {
    const long = `${'a'.repeat(250)} Waltz`;
    const stored = await hashPassword(long);
    expect(await isPassword(stored, long)).toBe(true);
    for (const other of [long.slice(0, -1), `${long} `, long.toLowerCase()]) {
      expect(await isPassword(stored, other)).toBe(false);
    }
    expect(await isPassword(null, long)).toBe(false);
  });
});

it('is easy to guess when it is made of what is known of the person', () => {
  expect(faultOf('zorbqlattyx', [])).toBeUndefined();
  expect(faultOf('zorbqlattyx', ['zorbqlattyx'])).toMatch(/easy to guess/);
});

it('has eight characters at least, and is asked for nothing else of its form', () => {
  expect(newPassword.safeParse('x7#Kq!z').success).toBe(false);
  for (const text of ['x7#Kq!zw', 'only small letters', '🎧'.repeat(8), ' '.repeat(8)]) {
    expect(newPassword.safeParse(text).success).toBe(true);
  }
});
