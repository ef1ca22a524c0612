import { id } from '@undertone/contracts/id';
import type { JobProblem } from '@undertone/contracts/jobs/job';
import { type JobAttempt, MOST_ATTEMPTS } from '@undertone/contracts/jobs/timeline';
import { parseJobSubject } from '@undertone/contracts/subjects';
import type { Recorded } from '@undertone/platform/event-store/decider';
import type { JobEvent } from '@undertone/platform/jobs/task';

/** What is known of a job beside its task: where it was asked for, by what, and each time that a worker had it. */
export interface JobDetails {
  readonly queue: string | null;
  readonly lane: string | null;
  readonly causeId: string | null;
  readonly traceId: string | null;
  readonly worker: string | null;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  readonly attempts: readonly JobAttempt[];
}

export const noDetails: JobDetails = {
  queue: null,
  lane: null,
  causeId: null,
  traceId: null,
  worker: null,
  startedAt: null,
  endedAt: null,
  attempts: [],
};

/** A job's details after one more of its events. What the log has forgotten stays as it was. */
export function evolveDetails(before: JobDetails, event: Recorded<JobEvent>): JobDetails {
  const { time, subject } = event.metadata;
  const { queue, lane } = parseJobSubject(subject);
  const details = { ...before, queue, lane };
  const { attempts } = details;
  const ended = (outcome: JobAttempt['outcome'], problem: JobProblem | null = null): JobDetails => ({
    ...details,
    endedAt: new Date(time),
    attempts: closed(attempts, { outcome, problem, ended_at: time }),
  });

  switch (event.type) {
    case 'requested': {
      const { causationId, traceparent } = event.metadata;
      return {
        ...details,
        causeId: id.safeParse(causationId).data ?? null,
        traceId: /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(traceparent ?? '')?.[1] ?? null,
      };
    }
    case 'started': {
      const { attempt, worker } = event.data;
      const begun = { attempt, worker, started_at: time, ended_at: null, outcome: 'running' } as const;
      return {
        ...details,
        worker,
        startedAt: details.startedAt ?? new Date(time),
        attempts: added(closed(attempts, { outcome: 'lost', ended_at: time }), begun),
      };
    }
    case 'progressed':
      return details;
    case 'retrying': {
      const { attempt, problem, delay_ms, interrupted, resume_at } = event.data;
      const outcome = interrupted ? 'interrupted' : resume_at === undefined ? 'retrying' : 'waiting';
      const next_at = resume_at ?? new Date(Date.parse(time) + delay_ms).toISOString();
      const how = { outcome, problem, ended_at: time, next_at } as const;
      const isOpen = attempts.at(-1)?.outcome === 'running';
      return { ...details, attempts: isOpen ? closed(attempts, how) : added(attempts, { attempt, ...how }) };
    }
    case 'succeeded':
      return ended('succeeded');
    case 'failed': {
      const { attempt, problem } = event.data;
      const last = attempts.at(-1);
      if (last?.outcome !== 'running' || last.attempt === attempt) return ended('failed', problem);
      // A worker found that those before it had been lost with theirs, and gave it up.
      const given = { attempt, outcome: 'failed', problem, ended_at: time } as const;
      return {
        ...details,
        endedAt: new Date(time),
        attempts: added(closed(attempts, { outcome: 'lost', ended_at: time }), given),
      };
    }
    case 'revoked':
      // Its worker may say later what it had done until then.
      return details.endedAt ? details : ended('cancelled');
    case 'requested-again':
    case 'discarded':
      return details;
    default:
      return event satisfies never;
  }
}

/** Ends the attempt that is under way, where one is. */
function closed(attempts: readonly JobAttempt[], how: Partial<JobAttempt>): readonly JobAttempt[] {
  const last = attempts.at(-1);
  return last?.outcome === 'running' ? [...attempts.slice(0, -1), { ...last, ...how }] : attempts;
}

function added(
  attempts: readonly JobAttempt[],
  attempt: Pick<JobAttempt, 'attempt' | 'outcome'> & Partial<JobAttempt>,
): readonly JobAttempt[] {
  const [first, ...others] = attempts;
  const kept = first && attempts.length >= MOST_ATTEMPTS ? [first, ...others.slice(1)] : attempts;
  const empty = { worker: null, started_at: null, ended_at: null, problem: null, next_at: null };
  return [...kept, { nth: (attempts.at(-1)?.nth ?? 0) + 1, ...empty, ...attempt }];
}
