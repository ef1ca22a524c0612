import { derivedId, newId } from '@undertone/platform/ids/ids';
import { specify } from '@undertone/platform/test-kit/decider-spec';
import { describe, expect, it } from 'vitest';
import { failLostJob, lostJobEnvelope } from './fail-lost-job.js';

const jobId = newId();
const job = { job_id: jobId, job_type: 'ingest-listening-data', user_id: newId() };
const requested = {
  type: 'requested',
  data: { ...job, queue: 'spotify', lane: 'interactive', payload: {} },
} as const;
const started = { type: 'started', data: { ...job, attempt: 3, worker: 'gone' } } as const;
const succeeded = { type: 'succeeded', data: { ...job, attempt: 3, result: {} } } as const;
const message = 'given up after 20 deliveries: the worker died or did not answer each time';
const failed = (attempt: number) =>
  ({
    type: 'failed',
    data: { ...job, attempt, problem: { code: 'DELIVERIES_EXHAUSTED', message } },
  }) as const;

const advisory = {
  id: 'advisory-1',
  timestamp: '2026-11-23T10:00:00.000Z',
  stream: 'JOBS',
  consumer: 'ingestion-spotify-interactive',
  stream_seq: 1,
  deliveries: 20,
};

describe('a job whose deliveries ran out', () => {
  const { given } = specify(failLostJob);
  const command = { jobId, advisory };

  it('fails, with the tries it had', () => {
    given([requested, started])
      .when(command)
      .then([failed(3)]);
  });

  it('fails when no worker even started it', () => {
    given([requested])
      .when(command)
      .then([failed(0)]);
  });

  it('stays as it ended', () => {
    given([requested, started, succeeded]).when(command).thenNothing();
  });

  it('that the log no longer has is left alone', () => {
    given([]).when(command).thenNothing();
  });

  it('is ended under an id that follows from the job and the advisory', () => {
    expect(lostJobEnvelope(command)).toEqual({
      id: derivedId(jobId, 'dead letter', 'advisory-1'),
      source: 'scheduler',
      time: new Date('2026-11-23T10:00:00.000Z'),
      correlationId: jobId,
    });
  });
});
