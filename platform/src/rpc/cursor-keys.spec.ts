import { expect, it } from 'vitest';
import { dayKey, momentKey, textKey } from './cursor-keys.js';

it.each([
  '0000-01-01T00:00:00.000Z',
  '2026-02-30T00:00:00.000Z',
  '+010000-01-01T00:00:00.000Z',
  '2026-01-01',
  '',
])('%j is no moment of a cursor', (moment) => expect(momentKey.safeParse(moment).success).toBe(false));
it.each(['0001-01-01T00:00:00.000Z', '2026-11-29T10:00:00.123Z', '9999-12-31T23:59:59.999Z'])(
  '%j is one',
  (moment) => expect(momentKey.parse(moment)).toBe(moment),
);

it.each(['\0', 'a\0b', '\ud800', '\udfff'])('%j is no text of a cursor', (text) =>
  expect(textKey.safeParse(text).success).toBe(false),
);
it.each(['0000-01-01', '2026-02-30', '2026-01-01T00:00:00.000Z'])('%j is no day of a cursor', (day) =>
  expect(dayKey.safeParse(day).success).toBe(false),
);

it.each(['', 'album:1', '🎧'])('%j is one', (text) => expect(textKey.parse(text)).toBe(text));
