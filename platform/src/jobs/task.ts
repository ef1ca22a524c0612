import type { RecordedEvent } from '@undertone/contracts/event';
import { isReadable } from '@undertone/contracts/events';
import {
  isTerminal,
  JobDiscarded,
  JobRequestedAgain,
  jobEvents,
  type TaskStatus,
} from '@undertone/contracts/jobs/job';
import type { OwnedTask, Task } from '@undertone/contracts/jobs/task';
import { decode, type EventOf, type Recorded } from '../event-store/decider.js';

export type JobEvent = EventOf<typeof jobEvents>;

/**
 * A job's state after one more of its events. Every event names the job whole, so the last one alone gives the
 * status; only `created_at` and `retry_of` need the first.
 */
export function evolveJob(before: OwnedTask | undefined, event: Recorded<JobEvent>): OwnedTask {
  const { time } = event.metadata;
  const retryOf = event.type === 'requested' ? event.data.retry_of : before?.task.retry_of;
  const next = (status: TaskStatus, change: Partial<Task> = {}): OwnedTask => ({
    user_id: event.data.user_id,
    task: {
      task_id: event.data.job_id,
      status,
      job_type: event.data.job_type,
      result: null,
      error: null,
      progress: before?.task.progress ?? null,
      attempt: 'attempt' in event.data ? event.data.attempt : (before?.task.attempt ?? 0),
      ...(retryOf !== undefined && { retry_of: retryOf }),
      created_at: before?.task.created_at ?? time,
      updated_at: time,
      ...change,
    },
  });

  switch (event.type) {
    case 'requested':
      return next('PENDING');
    case 'started':
      return next('STARTED');
    case 'progressed':
      return next('PROGRESS', { progress: event.data.progress });
    case 'retrying': {
      const { attempt, interrupted, resume_at, problem } = event.data;
      // An attempt that was interrupted, or had to wait its turn, is made again under its own number.
      const again = interrupted || resume_at !== undefined;
      return next('RETRY', { error: problem, attempt: again ? attempt - 1 : attempt });
    }
    case 'succeeded':
      return next('SUCCESS', {
        result: event.data.result,
        progress: { percent: 100, message: 'done' },
      });
    case 'failed':
      return next('FAILURE', { error: event.data.problem });
    case 'revoked':
      return next('REVOKED', { result: event.data.result ?? null });
    // What was decided about it later leaves the job as it ended; by itself it tells how, but not when.
    case 'requested-again':
      if (before && isTerminal(before.task.status)) return before;
      return event.data.cancelled ? next('REVOKED') : next('FAILURE', { error: event.data.problem });
    case 'discarded':
      if (before && isTerminal(before.task.status)) return before;
      return next('FAILURE', { error: event.data.problem });
    default:
      return event satisfies never;
  }
}

/** Whether an event says what was decided about a job after its end, which is no status of it. */
export const isAfterEnd = ({ type }: RecordedEvent): boolean =>
  type === JobRequestedAgain.type || type === JobDiscarded.type;

/** The same by an event as the log has it; other events, and those that only a newer release can read, change nothing. */
export function evolveTask(before: OwnedTask | undefined, recorded: RecordedEvent): OwnedTask | undefined {
  const event = isReadable(recorded) ? decode(jobEvents, recorded) : undefined;
  return event ? evolveJob(before, event) : before;
}
