import { describe, expect, it } from 'vitest';
import { authorizationEnd, dueSince } from './authorization.js';

const at = (text: string) => new Date(`${text}T10:00:00.000Z`);

describe('an authorization', () => {
  it.each([
    ['2026-01-15', '2026-07-15'],
    ['2026-08-31', '2027-02-28'],
    ['2027-08-31', '2028-02-29'],
    ['2026-10-31', '2027-04-30'],
  ])('given on %s ends on %s', (given, end) => {
    expect(authorizationEnd(at(given))).toEqual(at(end));
  });

  it.each([
    ['2026-06-15', 30, '2026-01-15'],
    ['2026-07-08', 7, '2026-01-15'],
  ])('ends on %s within %i days where it was given on %s or before', (now, days, given) => {
    expect(dueSince(at(now), days)).toEqual(at(given));
  });
});
