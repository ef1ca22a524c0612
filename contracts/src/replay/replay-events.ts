import { z } from 'zod';
import { defineEvent } from '../event.js';
import { id } from '../id.js';
import { promptNumber } from '../prompt/prompt.js';
import { replayBudget, replayFilter, replayOrder } from './replay.js';

const replay = { replay_id: id };
const count = z.int().min(0);

export const ReplayRequested = defineEvent({
  context: 'replay',
  name: 'requested',
  description: 'An operator asked for a version’s insights of past snapshots.',
  schema: z.object({
    ...replay,
    ...replayOrder.shape,
    prompt_number: promptNumber,
    filter: replayFilter,
    budget: replayBudget,
    requested_at: z.iso.datetime(),
  }),
});
export type ReplayRequestedData = z.output<typeof ReplayRequested.schema>;

export const ReplayCanaryWritten = defineEvent({
  context: 'replay',
  name: 'canary-written',
  description: 'The share that goes first is written; the rest waits for a go.',
  schema: z.object({ ...replay, written: count, failed: count, at: z.iso.datetime() }),
});
export const ReplayApproved = defineEvent({
  context: 'replay',
  name: 'approved',
  description: 'An operator gave the go for the rest.',
  schema: z.object({ ...replay, at: z.iso.datetime() }),
});
export const ReplayPaused = defineEvent({
  context: 'replay',
  name: 'paused',
  description: 'Nothing more is requested; what is under way ends.',
  schema: z.object({ ...replay, reason: z.enum(['operator', 'budget']), at: z.iso.datetime() }),
});
export const ReplayResumed = defineEvent({
  context: 'replay',
  name: 'resumed',
  description: 'It goes on; after a completion with failures, with another round for what failed.',
  schema: z.object({
    ...replay,
    round: z.int().min(1),
    budget: replayBudget,
    at: z.iso.datetime(),
  }),
});
export const ReplayCompleted = defineEvent({
  context: 'replay',
  name: 'completed',
  description: 'Every snapshot in the filter has its insight, or failed for good. Nothing is shown yet.',
  schema: z.object({
    ...replay,
    written: count,
    failed: count,
    through_sequence: count.meta({ description: 'The filter’s end in LISTENING.' }),
    at: z.iso.datetime(),
  }),
});
export const ReplayCancelled = defineEvent({
  context: 'replay',
  name: 'cancelled',
  description: 'It ends here; what it wrote stays hidden.',
  schema: z.object({ ...replay, at: z.iso.datetime() }),
});

export const replayEvents = [
  ReplayRequested,
  ReplayCanaryWritten,
  ReplayApproved,
  ReplayPaused,
  ReplayResumed,
  ReplayCompleted,
  ReplayCancelled,
] as const;
