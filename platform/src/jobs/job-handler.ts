import type { JobDefinition, JobProgress } from '@undertone/contracts/jobs/job';
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
  /** Whether the job fails if this try does, whatever the reason. */
  readonly isLastAttempt: boolean;
  /**
   * Aborts when the job is cancelled (its reason is a `JobCancelled`), when another worker has taken it over (a
   * `JobTakenOver`) or when the process shuts down; pass it on to whatever takes long. A worker that was frozen learns of
   * a takeover only after it wrote on for a moment, so nothing that a handler writes may replace what another one wrote.
   */
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Says how far the job is. Cheap to call: most calls are merged into a few events. */
  progress(progress: JobProgress): void;
}

/** Does the work; whatever it does must be safe to do again with the same `jobId`. */
export type JobHandler<P = unknown, R = unknown> = (context: JobContext<P>) => Promise<R>;

export interface RegisteredJob {
  readonly definition: JobDefinition;
  readonly handle: JobHandler;
}
