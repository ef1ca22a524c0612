import { type FailureCounts, jobFailureEvents } from '@undertone/contracts/job-failures/job-failures';
import type { Envelope } from '@undertone/platform/event-store/cloudevents';
import type { Decider, EventOf, Recorded } from '@undertone/platform/event-store/decider';
import { derivedId } from '@undertone/platform/ids/ids';

type JobFailureEvent = EventOf<typeof jobFailureEvents>;

// State

/** The last thing that was said of a type. */
export interface JobFailures {
  readonly isRising: boolean;
  /** The event's. */
  readonly id: string | undefined;
  readonly said: JobFailureEvent | undefined;
}

const initial: JobFailures = { isRising: false, id: undefined, said: undefined };

const evolve = (_before: JobFailures, { metadata, ...said }: Recorded<JobFailureEvent>): JobFailures => ({
  isRising: said.type === 'job-failures-rising',
  id: metadata.id,
  said,
});

// Commands

/** What was counted in a window and in the one before, and what the settings call often. */
export interface JudgeFailures {
  readonly jobType: string;
  readonly from: Date;
  readonly until: Date;
  readonly now: FailureCounts;
  readonly before: FailureCounts;
  readonly threshold: number;
  /** Jobs of which fewer say nothing. */
  readonly least: number;
}

/** A type that always fails so often is no news. */
const WELL_ABOVE = 1.5;

function decide(command: JudgeFailures, { isRising }: JobFailures): JobFailureEvent | undefined {
  const { jobType, from, until, now, before, threshold, least } = command;
  const window = {
    job_type: jobType,
    from: from.toISOString(),
    until: until.toISOString(),
    threshold,
    ...now,
  };
  if (isRising) {
    // That none ended is no sign of anything.
    return now.ended > 0 && now.rate < threshold ? { type: 'job-failures-fallen', data: window } : undefined;
  }
  const isOften = now.ended >= least && now.rate >= threshold;
  if (!isOften || now.rate < WELL_ABOVE * before.rate) return undefined;
  return { type: 'job-failures-rising', data: { ...window, before } };
}

/** Whether jobs of a type fail often: said when that begins, and when it is over. */
export const jobFailures: Decider<JudgeFailures, JobFailures, typeof jobFailureEvents> = {
  events: jobFailureEvents,
  initial,
  evolve,
  decide,
};

// Envelope

/** The id is the same for every try of a run. */
export const judgementEnvelope = (runId: string, { jobType, until }: JudgeFailures): Envelope => ({
  id: derivedId(runId, 'failures', jobType),
  source: 'scheduler',
  time: until,
  correlationId: runId,
});
