import { describe, expect, it } from 'vitest';
import { ianaTimeZones, icuTimeZones } from './test-kit/time-zone-names.js';
import { timeZone, zoneToCountIn } from './time-zone.js';

const DAY = 86_400_000;
/** One a month or so, at noon and at another hour each time: both sides of every change of the clocks. */
const moments = Array.from({ length: 500 }, (_, n) => Date.UTC(2000, 0, 1) + Math.floor(n * 30.7 * DAY));

const wall = (name: string) => {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: name, dateStyle: 'short', timeStyle: 'short' });
  return moments.map((moment) => format.format(moment));
};
const temporal = (name: string) =>
  moments.map((moment) =>
    Temporal.Instant.fromEpochMilliseconds(moment)
      .toZonedDateTimeISO(name)
      .toPlainDateTime()
      .toString({ smallestUnit: 'minute' })
      .replace('T', ' '),
  );

describe('a time zone', () => {
  it.each(ianaTimeZones)(
    '%s is taken, kept as it is given, and one thing to `Temporal` and `Intl`',
    (name) => {
      expect(timeZone.parse(name)).toBe(name);
      expect(timeZone.parse(name.toLowerCase())).toBe(name);
      expect(zoneToCountIn(name)).toBe(name);
      expect(temporal(name)).toEqual(wall(name));
    },
  );

  it.each(icuTimeZones)('%s, which `Intl` takes, is refused, and counted where it was stored', (name) => {
    const { error } = timeZone.safeParse(name);
    expect(error?.issues[0]?.message).toBe('is not a time zone of the IANA database');
    const counted = zoneToCountIn(name);
    expect(timeZone.parse(counted)).toBe(counted);
    if (!name.startsWith('SystemV/')) expect(temporal(counted)).toEqual(wall(name));
  });

  it.each([
    '+05:30',
    '-03',
    'GMT+5',
    'UTC+2',
    'T00:00[Europe/Berlin]',
    'Etc/Unknown',
    'Factory',
    'localtime',
    'posix/Europe/Berlin',
    'Europe/Berlin ',
    'Middle-earth/Shire',
    '',
  ])('%j is none', (name) => {
    expect(timeZone.safeParse(name).success).toBe(false);
    if (/^[A-Z]/.test(name)) expect(zoneToCountIn(name)).toBe('UTC');
  });
});
