import { derivedId, newId } from '@undertone/platform/ids/ids';
import { specify } from '@undertone/platform/test-kit/decider-spec';
import { describe, expect, it } from 'vitest';
import { retryIdOf, type SettleFailedJob, settleFailedJob, settlementEnvelope } from './settle-failed-job.js';

const jobId = newId();
const job = { job_id: jobId, job_type: 'ingest-listening-data', user_id: newId() };
const problem = { code: 'DELIVERIES_EXHAUSTED', message: 'given up' };
const requested = {
  type: 'requested',
  data: { ...job, queue: 'spotify', lane: 'bulk', payload: {} },
} as const;
const failed = { type: 'failed', data: { ...job, attempt: 2, problem } } as const;
const revoked = { type: 'revoked', data: { ...job, reason: 'a person said so' } } as const;
const discarded = { type: 'discarded', data: { ...job, attempt: 2, problem } } as const;
const requestedAgain = {
  type: 'requested-again',
  data: { ...job, attempt: 2, problem, retry_id: retryIdOf(jobId) },
} as const;

const at = new Date('2026-11-23T10:00:00.000Z');
const retry: SettleFailedJob = { jobId, decision: 'retry', at };
const discard: SettleFailedJob = { jobId, decision: 'discard', at };
const { given } = specify(settleFailedJob);

describe('a job that failed', () => {
  it('is asked for again, or discarded', () => {
    given([requested, failed]).when(retry).then([requestedAgain]);
    given([requested, failed]).when(discard).then([discarded]);
  });

  it('is settled once', () => {
    given([requested, failed, requestedAgain]).when(retry).thenNothing();
    given([requested, failed, discarded]).when(discard).thenNothing();
  });

  it('is not settled in two ways', () => {
    given([requested, failed, requestedAgain])
      .when(discard)
      .thenRejects('DEAD_LETTER_STATE', /retried before/);
    given([requested, failed, discarded])
      .when(retry)
      .thenRejects('DEAD_LETTER_STATE', /discarded before/);
  });
});

it.each([
  ['is unknown', [], /nothing is known/],
  ['did not end', [requested], /PENDING/],
  ['was revoked', [requested, revoked], /REVOKED/],
])('a job that %s cannot be settled', (_what, events, message) => {
  for (const command of [retry, discard])
    given(events).when(command).thenRejects('DEAD_LETTER_STATE', message);
});

it('is said under an id that follows from the job and the decision', () => {
  const common = { source: 'scheduler', time: at, correlationId: jobId };
  expect(settlementEnvelope(retry)).toEqual({
    id: derivedId(jobId, 'said to be requested again'),
    ...common,
  });
  expect(settlementEnvelope(discard)).toEqual({ id: derivedId(jobId, 'discarded'), ...common });
});
