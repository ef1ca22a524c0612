import { JobFailed, JobRequested, JobStarted, JobSucceeded } from '@undertone/contracts/jobs/job';
import { newId } from '@undertone/platform/ids/ids';
import { recorded, specify } from '@undertone/platform/test-kit/decider-spec';
import { describe, it } from 'vitest';
import { failLostJob } from './fail-lost-job.js';

const jobId = newId();
const job = { job_id: jobId, job_type: 'ingest-listening-data', user_id: newId() };
const event = (definition: Parameters<typeof recorded>[0]['definition'], data: object, sequence: number) =>
  recorded(
    { definition, id: newId(), data: { ...job, ...data }, source: 'test', time: new Date() },
    sequence,
  );

const requested = event(JobRequested, { queue: 'spotify', lane: 'interactive', payload: {} }, 1);
const started = event(JobStarted, { attempt: 3, worker: 'gone' }, 2);
const succeeded = event(JobSucceeded, { attempt: 3, result: {} }, 3);

const advisory = {
  id: 'advisory-1',
  timestamp: '2026-11-23T10:00:00.000Z',
  stream: 'JOBS',
  consumer: 'ingestion-spotify-interactive',
  stream_seq: 1,
  deliveries: 20,
};

describe('a job whose deliveries ran out', () => {
  const spec = specify(failLostJob, undefined);
  const command = { jobId, advisory };

  it('fails, with the tries it had', () => {
    spec
      .given([requested, started])
      .when(command)
      .then({
        definition: JobFailed,
        data: { ...job, attempt: 3, problem: { code: 'DELIVERIES_EXHAUSTED', message: expectedMessage } },
      });
  });

  it('fails when no worker even started it', () => {
    spec
      .given([requested])
      .when(command)
      .then({ data: { ...job, attempt: 0, problem: anyProblem } });
  });

  it('stays as it ended', () => {
    spec.given([requested, started, succeeded]).when(command).thenNothing();
  });

  it('that the log no longer has is left alone', () => {
    spec.given([]).when(command).thenNothing();
  });
});

const expectedMessage = 'given up after 20 deliveries: the worker died or did not answer each time';
const anyProblem = { code: 'DELIVERIES_EXHAUSTED', message: expectedMessage };
