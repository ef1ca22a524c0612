import type { RecordedEvent } from '@undertone/contracts/event';
import {
  JobDiscarded,
  JobFailed,
  JobProgressed,
  JobRequested,
  JobRequestedAgain,
  JobRetrying,
  JobRevoked,
  JobStarted,
  JobSucceeded,
  type TaskStatus,
} from '@undertone/contracts/jobs/job';
import type { OwnedTask, Task } from '@undertone/contracts/jobs/task';

interface JobFact {
  job_id: string;
  job_type: string;
  user_id: string;
  attempt?: number;
}

/**
 * A job's state after one more of its events. Every event names the job whole, so the last one alone gives the
 * status; only `created_at` needs the first.
 */
export function evolveTask(before: OwnedTask | undefined, event: RecordedEvent): OwnedTask | undefined {
  const next = (status: TaskStatus, fact: JobFact, change: Partial<Task>): OwnedTask => ({
    user_id: fact.user_id,
    task: {
      task_id: fact.job_id,
      status,
      job_type: fact.job_type,
      result: null,
      error: null,
      progress: before?.task.progress ?? null,
      attempt: fact.attempt ?? before?.task.attempt ?? 0,
      created_at: before?.task.created_at ?? event.time,
      updated_at: event.time,
      ...change,
    },
  });

  const requested = JobRequested.read(event);
  if (requested) return next('PENDING', requested, {});
  const started = JobStarted.read(event);
  if (started) return next('STARTED', started, {});
  const progressed = JobProgressed.read(event);
  if (progressed) return next('PROGRESS', progressed, { progress: progressed.progress });
  const retrying = JobRetrying.read(event);
  if (retrying) {
    // An attempt that was interrupted, or had to wait its turn, is made again under its own number.
    const again = retrying.interrupted || retrying.resume_at !== undefined;
    const attempt = again ? retrying.attempt - 1 : retrying.attempt;
    return next('RETRY', retrying, { error: retrying.problem, attempt });
  }
  const succeeded = JobSucceeded.read(event);
  if (succeeded) {
    return next('SUCCESS', succeeded, {
      result: succeeded.result,
      progress: { percent: 100, message: 'done' },
    });
  }
  const failed = JobFailed.read(event);
  if (failed) return next('FAILURE', failed, { error: failed.problem });
  const revoked = JobRevoked.read(event);
  if (revoked) return next('REVOKED', revoked, {});
  // What an operator decided about it later leaves the job as it ended.
  const settled = JobRequestedAgain.read(event) ?? JobDiscarded.read(event);
  if (settled) return next('FAILURE', settled, { error: settled.problem });
  return before;
}
