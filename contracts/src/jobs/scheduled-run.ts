import { z } from 'zod';
import { nobody } from '../id.js';

/** What a schedule requests is nobody's own job. */
export const scheduledRun = z.object({
  user_id: z.literal(nobody),
  /** The time that its schedule planned it for; absent: somebody ran it by hand. */
  planned_for: z.iso.datetime().optional(),
});
