import { z } from 'zod';

/** A time that somebody asks with (RFC 3339), brought to UTC: of a year that `Date` and Postgres write alike. */
export const moment = z.iso
  .datetime({ offset: true, abort: true })
  .overwrite((value) => (value.endsWith('Z') ? value : new Date(value).toISOString()))
  .refine((value) => value >= '0001', 'must lie between the years 1 and 9999');
