import { z } from 'zod';
import { nobody } from '../id.js';

import { moment } from '../moment.js';
import { defineRpc } from '../rpc.js';
import { scheduleName } from '../schedules/schedule.js';
import { foreignId } from '../text.js';
import { timeZone } from '../time-zone.js';
import { defineJob } from './job.js';

/** Runs that one backfill may ask for. */
export const MOST_RUNS = 500;
/** For so many days what ran is known. */
export const BACKFILL_DAYS = 30;

export const backfillRange = {
  from: moment.meta({
    description: `The first moment; at most ${BACKFILL_DAYS} days ago, since what ran before is not known.`,
    example: '2026-11-20T00:00:00Z',
  }),
  to: moment.meta({ description: 'The last moment; it is included, and past.' }),
};

const count = z.int().min(0);

export const backfillPlan = z
  .object({
    name: scheduleName,
    due: count.meta({ description: 'Moments in the range at which the schedule was due.' }),
    had_run: count.meta({ description: 'Those for which there is a run, however it ended.' }),
    to_run: count.meta({ description: 'Runs that are to be made up for.' }),
    first: z.iso.datetime().nullable().meta({ description: 'The first of them.' }),
    last: z.iso.datetime().nullable(),
  })
  .meta({ id: 'BackfillPlan' });
export type BackfillPlan = z.output<typeof backfillPlan>;

/** What a backfill would do, and when the schedule is due by the definition that stands. */
export const planBackfill = defineRpc({
  service: 'scheduler',
  question: 'get-backfill-plan',
  access: 'admin',
  input: z.object({ name: scheduleName, ...backfillRange }),
  output: z.object({ plan: backfillPlan, cron: z.string(), time_zone: timeZone }),
});

/** Requests the runs that a schedule did not have in a range, one after another. */
export const backfillSchedule = defineJob({
  type: 'backfill-schedule',
  queue: 'scheduled',
  maxAttempts: 5,
  payload: z.object({
    user_id: z.literal(nobody),
    name: scheduleName,
    ...backfillRange,
    /** As it was when it was asked for. */
    cron: foreignId.min(1),
    time_zone: timeZone,
  }),
  result: z.object({
    due: count,
    /** Those that had one before, or by another backfill. */
    had_run: count,
    requested: count,
  }),
});
