import type { EventDefinition } from '@undertone/contracts/event';
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
  jobEvents,
} from '@undertone/contracts/jobs/job';
import type { OwnedTask } from '@undertone/contracts/jobs/task';
import { ownedTask } from '@undertone/contracts/jobs/task';
import { describe, expect, it } from 'vitest';
import { recorded } from '../test-kit/decider-spec.js';
import { evolveTask } from './task.js';

const job = {
  job_id: '0199b2c4-0000-7000-8000-000000000001',
  job_type: 'ingest-listening-data',
  user_id: '0199b2c4-0000-7000-8000-000000000002',
};
const problem = { code: 'BUSY', message: 'come back later' };
const progress = { percent: 40, message: 'half way' };
const facts: [EventDefinition, object][] = [
  [JobRequested, { queue: 'spotify', lane: 'interactive', payload: {} }],
  [JobStarted, { attempt: 1, worker: 'a' }],
  [JobProgressed, { attempt: 1, progress }],
  [JobRetrying, { attempt: 1, delay_ms: 10, problem }],
  [JobSucceeded, { attempt: 2, result: { snapshot_id: 'x' } }],
  [JobFailed, { attempt: 2, problem }],
  [JobRevoked, { reason: 'a person said so' }],
  [JobRequestedAgain, { attempt: 2, problem, retry_id: '5f0c2a51-3f0e-5d3b-9c1c-2f4be0b1a7d3' }],
  [JobDiscarded, { attempt: 2, problem }],
];
const minute = (at: number) => new Date(Date.UTC(2026, 10, 23, 10, at));
const event = (definition: EventDefinition, at = 0) =>
  recorded(
    {
      definition,
      id: job.job_id,
      source: 'test',
      time: minute(at),
      data: { ...job, ...facts.find(([known]) => known === definition)?.[1] },
    },
    at + 1,
  );
const fold = (...definitions: EventDefinition[]) =>
  definitions.reduce<OwnedTask | undefined>(
    (before, definition, at) => evolveTask(before, event(definition, at)),
    undefined,
  )?.task;

describe('the state of a job', () => {
  it('follows every kind of event', () => {
    expect(facts.map(([definition]) => definition)).toEqual(jobEvents);
    expect(fold(JobRequested)).toEqual({
      task_id: job.job_id,
      status: 'PENDING',
      job_type: job.job_type,
      result: null,
      error: null,
      progress: null,
      attempt: 0,
      created_at: minute(0).toISOString(),
      updated_at: minute(0).toISOString(),
    });
    expect(fold(JobRequested, JobStarted)).toMatchObject({ status: 'STARTED', attempt: 1 });
    expect(fold(JobRequested, JobStarted, JobProgressed)).toMatchObject({ status: 'PROGRESS', progress });
    expect(fold(JobRequested, JobStarted, JobRetrying)).toMatchObject({ status: 'RETRY', error: problem });
    expect(fold(JobRequested, JobStarted, JobFailed)).toMatchObject({
      status: 'FAILURE',
      error: problem,
      attempt: 2,
    });
    for (const settled of [JobRequestedAgain, JobDiscarded]) {
      const failed = [JobRequested, JobStarted, JobFailed];
      expect(fold(...failed, settled)).toEqual(fold(...failed));
    }
    expect(fold(JobRequested, JobStarted, JobRevoked)).toMatchObject({ status: 'REVOKED', attempt: 1 });
  });

  it('keeps when it began, and forgets an error that was overcome', () => {
    expect(fold(JobRequested, JobStarted, JobProgressed, JobRetrying, JobStarted, JobSucceeded)).toEqual({
      task_id: job.job_id,
      status: 'SUCCESS',
      job_type: job.job_type,
      result: { snapshot_id: 'x' },
      error: null,
      progress: { percent: 100, message: 'done' },
      attempt: 2,
      created_at: minute(0).toISOString(),
      updated_at: minute(5).toISOString(),
    });
  });

  it.each(facts.map(([definition]) => definition))('is told by $name alone', (definition) => {
    const alone = evolveTask(undefined, event(definition));
    expect(ownedTask.parse(alone)).toEqual(alone);
    expect(alone).toMatchObject({ user_id: job.user_id, task: { task_id: job.job_id } });
    expect(alone?.task.status).toBe(fold(JobRequested, definition)?.status);
  });

  it('that was cancelled stays so when its work is asked for again, which names it', () => {
    const again = event(JobRequestedAgain);
    const cancelled = { ...again, data: { ...(again.data as object), cancelled: true } };
    expect(evolveTask(undefined, cancelled)?.task).toMatchObject({ status: 'REVOKED', error: null });

    const requested = event(JobRequested);
    const retry = { ...requested, data: { ...(requested.data as object), retry_of: job.job_id } };
    const first = evolveTask(undefined, retry);
    expect(evolveTask(first, event(JobSucceeded))?.task).toMatchObject({ retry_of: job.job_id });
  });

  it('does not count an attempt that was interrupted', () => {
    const retrying = event(JobRetrying);
    const after = (interrupted: boolean, attempt: number) =>
      evolveTask(undefined, {
        ...retrying,
        data: { ...(retrying.data as object), attempt, interrupted },
      })?.task;
    expect(after(true, 3)).toMatchObject({ status: 'RETRY', attempt: 2 });
    expect(after(false, 3)).toMatchObject({ status: 'RETRY', attempt: 3 });
    expect(after(true, 1)).toMatchObject({ status: 'RETRY', attempt: 0 });
  });

  it('does not count an attempt that had to wait its turn', () => {
    const retrying = event(JobRetrying);
    const data = { ...(retrying.data as object), attempt: 3, resume_at: minute(9).toISOString() };
    const after = evolveTask(undefined, { ...retrying, data })?.task;
    expect(after).toMatchObject({ status: 'RETRY', attempt: 2, error: problem });
  });

  it('is not changed by another event', () => {
    const before = evolveTask(undefined, event(JobStarted));
    const other = { ...event(JobStarted), type: 'undertone.listening.played' };
    expect(evolveTask(before, other)).toBe(before);
    expect(evolveTask(undefined, other)).toBeUndefined();
  });
});
