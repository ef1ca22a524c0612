import { z } from 'zod';

/** Every zone that this process knows by name. Bare offsets (`+02:00`) are none: they know no daylight saving. */
function isTimeZone(name: string): boolean {
  try {
    return /^[A-Za-z]/.test(name) && new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

export const timeZone = z
  .string()
  .max(64)
  .refine(isTimeZone, 'is not a time zone of the IANA database')
  .meta({ description: 'A name of the IANA time zone database.', example: 'Europe/Berlin' });
