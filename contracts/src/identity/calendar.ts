import { z } from 'zod';
import { weekday } from '../weekday.js';

/** How people count their days: what some of them have in common. Null: what those have who chose nothing. */
export const calendar = z.object({
  /** As it is stored. */
  time_zone: z.string().max(64).nullable(),
  /** Absent: whatever it is. */
  first_day_of_week: weekday.nullable().optional(),
});
export type Calendar = z.output<typeof calendar>;
