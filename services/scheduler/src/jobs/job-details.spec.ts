import {
  JobFailed,
  JobProgressed,
  JobRequested,
  JobRetrying,
  JobStarted,
} from '@undertone/contracts/jobs/job';
import { MOST_ATTEMPTS } from '@undertone/contracts/jobs/timeline';
import { newId } from '@undertone/platform/ids/ids';
import { describe, expect, it } from 'vitest';
import { noDetails } from './job-details.js';
import { evolveRow, type Row } from './job-row.js';

const jobId = newId();
const cause = newId();
const at = (sequence: number) => new Date(Date.UTC(2026, 10, 30, 10, 0, sequence)).toISOString();
const problem = { code: 'PROVIDER_UNAVAILABLE', message: 'it does not answer' };

type Fact = readonly [{ type: string }, object?, object?];

const recorded = ([{ type }, data, more]: Fact, sequence: number) => ({
  ...{ id: newId(), type, version: 1, source: 'test', stream: 'JOBS', sequence, time: at(sequence) },
  subject: `jobs.spotify.bulk.${jobId}.${type === JobRequested.type ? 'requested' : 'status'}`,
  data: { job_id: jobId, job_type: 'ingest-listening-data', user_id: cause, ...data },
  ...more,
});

/** The row after events in order; the first has sequence 1. */
const rowAfter = (facts: readonly Fact[], before?: Row) =>
  facts.reduce<Row | undefined>((row, fact, index) => evolveRow(row, recorded(fact, index + 1)), before);

const requested = [
  JobRequested,
  { queue: 'spotify', lane: 'bulk', payload: {} },
  { causationId: cause, traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` },
] as const;
const started = (attempt: number, worker = 'one') => [JobStarted, { attempt, worker }] as const;

describe('the details of a job', () => {
  it('say where it was asked for, by what, and in which trace', () => {
    expect(rowAfter([requested])).toMatchObject({
      ...{ queue: 'spotify', lane: 'bulk', causeId: cause, traceId: 'a'.repeat(32) },
      ...{ worker: null, startedAt: null, endedAt: null, attempts: [] },
    });
  });

  it('take no cause that is no id', () => {
    expect(rowAfter([[requested[0], requested[1], { causationId: 'ADVISORIES-7' }]])).toMatchObject({
      causeId: null,
      traceId: null,
    });
  });

  it('have each attempt with its worker, how it ended, and the wait after it', () => {
    const row = rowAfter([
      requested,
      started(1),
      [JobProgressed, { attempt: 1, progress: { percent: 5, message: 'a little' } }],
      [JobRetrying, { attempt: 1, problem, delay_ms: 2_000 }],
      started(2, 'two'),
      [JobRetrying, { attempt: 2, problem, delay_ms: 9, resume_at: at(30) }],
      started(2, 'two'),
      [JobRetrying, { attempt: 2, problem, delay_ms: 0, interrupted: true }],
      started(2, 'three'),
      started(3, 'four'),
      [JobFailed, { attempt: 3, problem }],
    ]);
    expect(row).toMatchObject({
      status: 'FAILURE',
      worker: 'four',
      startedAt: new Date(at(2)),
      endedAt: new Date(at(11)),
    });
    expect(
      row?.attempts.map(({ nth, attempt, worker, outcome, next_at }) => [
        ...[nth, attempt, worker, outcome, next_at],
      ]),
    ).toEqual([
      [1, 1, 'one', 'retrying', at(6)],
      [2, 2, 'two', 'waiting', at(30)],
      [3, 2, 'two', 'interrupted', at(8)],
      [4, 2, 'three', 'lost', null],
      [5, 3, 'four', 'failed', null],
    ]);
    expect(row?.attempts[0]).toMatchObject({ started_at: at(2), ended_at: at(4), problem });
  });

  it('tell attempts that were lost with their workers from the one that gave the job up', () => {
    const exhausted = { code: 'ATTEMPTS_EXHAUSTED', message: 'given up after 2 attempts' };
    const facts = [
      requested,
      started(1),
      started(2, 'two'),
      [JobFailed, { attempt: 3, problem: exhausted }],
    ] as const;
    const row = rowAfter(facts);
    expect(row).toMatchObject({ status: 'FAILURE', attempt: 3, endedAt: new Date(at(4)) });
    expect(row?.attempts).toMatchObject([
      { nth: 1, attempt: 1, worker: 'one', outcome: 'lost' },
      { nth: 2, attempt: 2, worker: 'two', outcome: 'lost', ended_at: at(4) },
      { nth: 3, attempt: 3, worker: null, started_at: null, outcome: 'failed', problem: exhausted },
    ]);
  });

  it('have what failed before any worker began', () => {
    expect(rowAfter([requested, [JobRetrying, { attempt: 1, problem, delay_ms: 1 }]])?.attempts).toEqual([
      {
        ...{ nth: 1, attempt: 1, worker: null, started_at: null, ended_at: at(2), outcome: 'retrying' },
        ...{ problem, next_at: new Date(Date.parse(at(2)) + 1).toISOString() },
      },
    ]);
  });

  it('keep the first attempt and the last ones', () => {
    const starts = Array.from({ length: MOST_ATTEMPTS + 20 }, (_, index) => started(index + 1));
    const kept = rowAfter([requested, ...starts])?.attempts.map(({ nth }) => nth) ?? [];
    expect(kept).toHaveLength(MOST_ATTEMPTS);
    expect([kept[0], kept[1], kept.at(-1)]).toEqual([1, 22, MOST_ATTEMPTS + 20]);
  });

  it('are made up for where an older release left them out, and nothing else changes', () => {
    const facts = [requested, started(1), [JobFailed, { attempt: 1, problem }]] as const;
    const whole = rowAfter(facts) as Row;
    expect(rowAfter(facts, whole)).toBe(whole);
    const bare: Row = { ...whole, ...noDetails, detailsSequence: 0 };
    // It never seems to go back meanwhile.
    expect(rowAfter([requested], bare)).toMatchObject({ status: 'FAILURE', sequence: 3, queue: 'spotify' });
    expect(rowAfter(facts, bare)).toEqual(whole);
  });

  it.each([
    ['noted how far it was', 2],
    ['noted nothing', 0],
  ])(
    'are whole where an older release that %s left them out, and more happens before they are read',
    (_, noted) => {
      const facts = [requested, started(1), [JobFailed, { attempt: 1, problem }]] as const;
      const early = rowAfter(facts.slice(0, 2)) as Row;
      const bare: Row = { ...early, ...noDetails, sequence: noted, detailsSequence: 0 };
      const unread = evolveRow(bare, recorded(facts[2], 3)) as Row;
      expect(unread).toMatchObject({ status: 'FAILURE', sequence: 3, attempts: [], detailsSequence: 0 });
      expect(rowAfter(facts, unread)).toEqual(rowAfter(facts));
    },
  );
});
