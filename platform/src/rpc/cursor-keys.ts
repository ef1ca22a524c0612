import { z } from 'zod';

/** A moment in a cursor: of a year that `Date`, ISO 8601 and Postgres write alike. */
export const momentKey = z.iso
  .datetime()
  .refine((moment) => moment >= '0001', 'must not lie before the year 1');

/** A day in a cursor: of a year that Postgres knows. */
export const dayKey = z.iso.date().refine((day) => day >= '0001', 'must not lie before the year 1');

/** Text in a cursor: of characters that Postgres takes. */
export const textKey = z
  .string()
  .refine((value) => value.isWellFormed() && !value.includes('\0'), 'must be text that can be stored');

/** The place of a row of a list in log order, newest first: new rows come before it. */
export const sequenceKey = z.int().min(0);
