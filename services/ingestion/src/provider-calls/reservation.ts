import type { Lane } from '@undertone/contracts/jobs/queues';

/** How many calls an account may make in any stretch of time of this length. */
export interface CallWindow {
  readonly name: string;
  readonly ms: number;
  /** How finely calls are counted; a call may count so much longer. */
  readonly bucketMs: number;
  readonly limit: number;
}

/** Who asks for calls, and comes back where there are none. */
export interface WaitingJob {
  readonly id: string;
  /** When it was asked for: of two that wait in one lane, the older goes first. */
  readonly since: Date;
}

/** Calls that were taken together and are made one after another. */
export interface Reservation {
  left: number;
  readonly lane: Lane;
  /** Their reservation in Redis; absent where the replica counts alone. */
  readonly id?: string;
  /** When they were taken, in milliseconds: by Redis's clock, or by this process's own. */
  readonly at: number;
}
