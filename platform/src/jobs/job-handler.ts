import type { JobDefinition, JobProblem, JobProgress } from '@undertone/contracts/jobs/job';
import type { Lane } from '@undertone/contracts/jobs/queues';
import type { Logger } from '../logging/logger.js';

/** What a job's handler is given. */
export interface JobContext<P = unknown> {
  readonly jobId: string;
  readonly userId: string;
  readonly payload: P;
  /** Whether a person waits for it, or it is part of a bulk run. */
  readonly lane: Lane;
  /** When it was asked for: the same on every try, so a decision that depends on it is, too. */
  readonly requestedAt: Date;
  /** From 1; a process that died counts as a try, one that was stopped or had to wait its turn does not. */
  readonly attempt: number;
  /**
   * Aborts when the job is cancelled (its reason is a `JobCancelled`), when another worker has taken it over (a
   * `JobTakenOver`) or when the process shuts down; pass it on to whatever takes long. A worker that was frozen learns of
   * a takeover only after it wrote on for a moment, so nothing that a handler writes may replace what another one wrote.
   */
  readonly signal: AbortSignal;
  /**
   * Reads in the log whether the job is still this worker's to do. Right before what has to be left undone when the job was cancelled:
   * a worker that was frozen has not heard of that yet.
   * @throws the signal's reason when it is not.
   * @throws {LogUnavailable}
   */
  confirm(): Promise<void>;
  readonly log: Logger;
  /** Says how far the job is. Cheap to call: most calls are merged into a few events. */
  progress(progress: JobProgress): void;
}

/** Does the work; whatever it does must be safe to do again with the same `jobId`. */
export type JobHandler<P = unknown, R = unknown> = (context: JobContext<P>) => Promise<R>;

/** A job that ended without a result, and the log says so. */
export interface FailedJob<P = unknown>
  extends Pick<JobContext<P>, 'jobId' | 'userId' | 'payload' | 'lane' | 'requestedAt' | 'attempt' | 'log'> {
  /** Why it failed; null: it was cancelled. */
  readonly problem: JobProblem | null;
}

/**
 * Does what follows from a failure: only the runner knows which one is final, so no handler decides that. It is called
 * once the failure is in the log, and again when that may not have come to its end, so it must be safe to do again.
 */
export type FailureHandler<P = unknown> = (failed: FailedJob<P>) => Promise<void>;

export interface RegisteredJob {
  readonly definition: JobDefinition;
  readonly handle: JobHandler;
  readonly onFailed?: FailureHandler | undefined;
}
