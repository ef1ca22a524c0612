import { z } from 'zod';
import { flag } from '../flag.js';
import { id, nobody } from '../id.js';
import { foreignId } from '../text.js';
import { deadLetterNarrowing } from './dead-letter.js';
import { defineJob } from './job.js';
import { inOrder, narrowing, outOfOrder } from './listed-task.js';

/** How many jobs, or dead letters, of a type and status a filter matches. */
const matchedOf = z.object({
  job_type: foreignId.nullable().meta({ description: 'Null: nothing is known of the job any more.' }),
  status: foreignId,
  count: z.int().min(1),
});

const count = z.int().min(0);
const result = z.object({
  dry_run: z.boolean().meta({ description: 'It was only counted.' }),
  matched: count.meta({ description: 'How many there were when it was asked for, and not decided yet.' }),
  by_type: z.array(matchedOf).optional().meta({ description: 'Of a dry run: by type and status.' }),
  done: count.meta({ description: 'Those that this job decided, by all of its tries.' }),
  refused: z.record(z.string().max(100), count).meta({
    description: 'By the code of why: the same as where one of them is asked for.',
    example: { TASK_ENDED: 2 },
  }),
});
export type DecidedMany = z.output<typeof result>;

/** What ends with its own job when that is cancelled: what it had done. */
export type DecidedUntilCancelled = Pick<DecidedMany, 'dry_run' | 'done'>;

const decideMany = <const T extends string, F extends z.ZodRawShape>(type: T, filter: F) =>
  defineJob({
    type,
    queue: 'operations',
    maxAttempts: 5,
    notRetryable: 'it would be about other jobs by now: ask again with the filter',
    payload: z.object({
      user_id: z.literal(nobody),
      /** The pseudonym of who asked, for the audit; absent: the operator of an installation without sign-in. */
      asked_by: id.optional(),
      filter: z.object(filter),
      dry_run: z.boolean(),
    }),
    result,
  });

const user = { user_id: id.optional() };
const jobFilter = { ...user, ...narrowing };
/** Those that can be cancelled. */
const openStatus = z.enum(['PENDING', 'STARTED', 'PROGRESS', 'RETRY']);
/** Those whose work can be asked for again. */
const endedStatus = z.enum(['FAILURE', 'REVOKED']);
const toCancel = {
  ...jobFilter,
  status: openStatus.optional().meta({ description: 'Absent: all that have not ended.' }),
};
const toRetry = {
  ...jobFilter,
  status: endedStatus.optional().meta({ description: 'Absent: those that failed.' }),
};
const ofDeadLetters = {
  ...deadLetterNarrowing,
  status: z.literal('open').optional().meta({ description: 'Of others something was decided before.' }),
};

/** Jobs by which operators decide about many jobs, or dead letters, at once. None of them is ever what another one finds. */
export const decisionsOnMany = {
  cancelJobs: decideMany('cancel-jobs', toCancel),
  retryJobs: decideMany('retry-jobs', toRetry),
  retryDeadLetters: decideMany('retry-dead-letters', ofDeadLetters),
  discardDeadLetters: decideMany('discard-dead-letters', ofDeadLetters),
} as const;
export type DecisionOnMany = keyof typeof decisionsOnMany;

const asked = {
  all: flag.default(false).meta({ description: 'In place of a filter: everything.' }),
  dry_run: flag.default(false).meta({ description: 'Only count, by type and status, and decide nothing.' }),
};

interface Asked {
  readonly from?: string | undefined;
  readonly until?: string | undefined;
  readonly all: boolean;
  readonly dry_run: boolean;
}

/** What is left out by mistake must not mean everything. */
function isMeant({ all, dry_run: _, ...filter }: Asked): boolean {
  const isNarrow = Object.values(filter).some((value) => value !== undefined);
  return isNarrow !== all;
}
const notMeant = {
  path: ['all'],
  error: 'has to be true where there is no filter, and must not stand beside one',
};

const askedOf = <F extends z.ZodRawShape>(filter: F) =>
  z
    .strictObject({ ...filter, ...asked })
    .refine((given) => inOrder(given as unknown as Asked), outOfOrder)
    .refine((given) => isMeant(given as unknown as Asked), notMeant);

/** What the routes take. */
export const cancelJobsQuery = askedOf(toCancel);
export const retryJobsQuery = askedOf(toRetry);
export const manyDeadLettersQuery = askedOf(ofDeadLetters);
