import { expect, it } from 'vitest';
import { FIRST_LOOK_MS, nextLook } from './wake-ups.js';

it('whoever is woken looks again soon, until a slow log has had ten seconds', () => {
  const waits = [nextLook(FIRST_LOOK_MS, true)];
  while ((waits.at(-1) ?? 0) < FIRST_LOOK_MS) waits.push(nextLook(waits.at(-1) ?? 0, false));
  expect(waits.slice(0, 3)).toEqual([100, 200, 400]);
  expect(nextLook(FIRST_LOOK_MS, false)).toBe(FIRST_LOOK_MS);
  expect(waits.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(FIRST_LOOK_MS);
});
