import { z } from 'zod';
import { defineEvent } from '../event.js';
import { foreignId } from '../text.js';

const count = z.int().min(0);

/** How the jobs of one type ended. */
export const countedJobs = z.object({
  job_type: foreignId.min(1),
  succeeded: count,
  failed: count,
  cancelled: count,
  attempts: count.meta({ description: 'That they took together.' }),
});

/** Written before the details go, for ever; it names nobody. */
export const JobsCounted = defineEvent({
  context: 'job-totals',
  name: 'jobs-counted',
  description:
    'What became of the jobs that ended on a day, by type. Jobs of people who were erased before are not in it.',
  schema: z.object({
    day: z.iso.date().meta({ description: 'In UTC.' }),
    types: z.array(countedJobs),
  }),
});
