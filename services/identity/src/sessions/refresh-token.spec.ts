import { newId } from '@undertone/platform/ids/ids';
import { describe, expect, it } from 'vitest';
import {
  advanced,
  ageOf,
  currentOf,
  parseToken,
  skippedOver,
  startChain,
  successorOf,
  type TokenChain,
} from './refresh-token.js';

/** A chain after so many refreshes, and every secret that it had, the oldest first. */
function refreshed(times: number): { chain: TokenChain; secrets: string[] } {
  let { token, chain } = startChain(newId());
  const secrets = [parseToken(token)?.secret ?? ''];
  for (let at = 0; at < times; at += 1) {
    const secret = secrets.at(-1) ?? '';
    secrets.push(successorOf(secret, chain));
    chain = advanced(chain, secret);
  }
  return { chain, secrets };
}

describe('a chain of refresh tokens', () => {
  it('begins with a token that names its session', () => {
    const sessionId = newId();
    const { token, chain } = startChain(sessionId);
    const parsed = parseToken(token);
    expect(parsed?.sessionId).toBe(sessionId);
    expect(ageOf(parsed?.secret ?? '', chain)).toBe('current');
  });

  it('knows the age of every token that it had', () => {
    const { chain, secrets } = refreshed(50);
    const ages = secrets.map((secret) => ageOf(secret, chain));
    expect(ages.slice(-2)).toEqual(['previous', 'current']);
    expect(new Set(ages.slice(0, -2))).toEqual(new Set(['spent']));
  });

  it('keeps the previous token where those after it were lost, and takes the lost ones for spent', () => {
    const { chain, secrets } = refreshed(3);
    const [, , previous = '', lost = ''] = secrets;
    let skipped = chain;
    for (let times = 0; times < 2; times += 1) skipped = skippedOver(skipped, currentOf(previous, skipped));
    const current = currentOf(previous, skipped);
    expect([...secrets, current].map((secret) => ageOf(secret, skipped))).toEqual([
      ...['spent', 'spent', 'previous', 'spent'],
      'current',
    ]);
    expect(ageOf(successorOf(lost, skipped), skipped)).toBe('spent');
    const on = advanced(skipped, current);
    expect([previous, current].map((secret) => ageOf(secret, on))).toEqual(['spent', 'previous']);
  });

  it('does not know what it has not had: not a made-up one, not one to come, not another session’s', () => {
    const { chain, secrets } = refreshed(3);
    const toCome = successorOf(secrets.at(-1) ?? '', chain);
    for (const secret of [toCome, refreshed(3).secrets[1] ?? '', 'A'.repeat(43)]) {
      expect(ageOf(secret, chain)).toBe('foreign');
    }
  });

  it('gives the same successor each time, and stores no token', () => {
    const { chain, secrets } = refreshed(1);
    const [first = '', second] = secrets;
    expect(successorOf(first, chain)).toBe(second);
    expect(Object.values(chain)).not.toContain(first);
    expect(Object.values(chain)).not.toContain(second);
  });

  it.each([
    '',
    'x',
    `${'a'.repeat(36)}.${'A'.repeat(43)}`,
    `${'-'.repeat(36)}.${'A'.repeat(43)}`,
    `${newId()}.short`,
    `${newId()}`,
    `${newId()}.${'A'.repeat(44)}`,
    `${newId()}.${'A'.repeat(42)}!`,
  ])('has no token like "%s"', (token) => {
    expect(parseToken(token)).toBeUndefined();
  });
});
