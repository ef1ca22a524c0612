import { z } from 'zod';

/**
 * Names that `Intl` takes and the IANA database does not have, for which `Intl` has no IANA name either: ICU's own,
 * after the rules of System V. By the zones that tzdata's `systemv` file names for them.
 */
const SYSTEM_V: Readonly<Record<string, string>> = {
  'SystemV/AST4ADT': 'America/Halifax',
  'SystemV/EST5EDT': 'America/New_York',
  'SystemV/CST6CDT': 'America/Chicago',
  'SystemV/MST7MDT': 'America/Denver',
  'SystemV/PST8PDT': 'America/Los_Angeles',
  'SystemV/YST9YDT': 'America/Anchorage',
  'SystemV/AST4': 'America/Puerto_Rico',
  'SystemV/EST5': 'America/Panama',
  'SystemV/CST6': 'America/Regina',
  'SystemV/MST7': 'America/Phoenix',
  'SystemV/PST8': 'Pacific/Pitcairn',
  'SystemV/YST9': 'Pacific/Gambier',
  'SystemV/HST10': 'Pacific/Honolulu',
};

/** The name as `Intl` resolves it, which may be another one of the same zone; undefined: it does not know it. */
function resolved(name: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

/**
 * The name in the letters of the IANA database; undefined: it has no such zone. `Temporal`, which cuts days, knows that
 * database alone; `Intl` knows ICU's legacy names as well (`PST`, `US/Pacific-New`), and `Temporal` throws at them.
 */
function ianaName(name: string): string | undefined {
  try {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name).timeZoneId;
  } catch {
    return undefined;
  }
}

/** Bare offsets (`+02:00`) are none: they know no daylight saving. Nor is a time with a zone in it, which `Temporal` takes. */
const isTimeZone = (name: string): boolean =>
  /^[A-Za-z]/.test(name) && resolved(name) !== undefined && ianaName(name) !== undefined;

/**
 * The IANA zone to count in for a name that was stored. Earlier releases took whatever `Intl` knew; people keep and see
 * those names, and their days are those of the zone that `Intl` means by them.
 * @returns the name itself where IANA has it; `UTC`, as for people without a zone, where nobody knows it.
 */
export function zoneToCountIn(stored: string): string {
  if (isTimeZone(stored)) return ianaName(stored) ?? stored;
  const meant = SYSTEM_V[stored] ?? resolved(stored);
  return meant !== undefined && isTimeZone(meant) ? meant : 'UTC';
}

const description = { description: 'A name of the IANA time zone database.', example: 'Europe/Berlin' };

/**
 * A zone that `Temporal`, which cuts days, and `Intl` both know by this name and mean the same by. Its letters become
 * IANA's (`europe/berlin` is `Europe/Berlin`), since the names of the NATS server, which fires schedules, are
 * case-sensitive; links stay what they are, so whoever gives `US/Pacific` sees that. Postgres is never given a zone,
 * only the moments between which days lie: which names its tzdata has is of no matter.
 */
export const timeZone = z
  .string()
  .max(64)
  .refine(isTimeZone, 'is not a time zone of the IANA database')
  .overwrite((name) => (isTimeZone(name) ? (ianaName(name) ?? name) : name))
  .meta(description);

/** Of an answer: what is stored, which an earlier release may have taken, as a zone to count in. */
export const countedTimeZone = z.string().max(64).overwrite(zoneToCountIn).meta(description);
