import { z } from 'zod';
import { nobody } from '../id.js';
import { calendar } from '../identity/calendar.js';
import { foreignId } from '../text.js';

/** What a schedule requests is nobody's own job. */
export const scheduledRun = z.object({
  user_id: z.literal(nobody),
  /** The time that its schedule planned it for; absent: somebody ran it by hand. */
  planned_for: z.iso.datetime().optional(),
});
export type ScheduledRun = z.output<typeof scheduledRun>;

/** What a schedule requests that is read by each person's own clock. */
export const personalRun = scheduledRun.extend({
  /** Whose run it is; absent: everybody's. */
  of: calendar.optional(),
  /**
   * The day, or the week, that it is for, by the clocks of the people: each of them has it once, whichever run comes first. Absent: each run
   * has jobs of its own.
   */
  period: foreignId.min(1).optional(),
});
export type PersonalRun = z.output<typeof personalRun>;
