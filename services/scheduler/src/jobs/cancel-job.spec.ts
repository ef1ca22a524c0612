import type { Principal } from '@undertone/contracts/access/principal';
import { derivedId, newId } from '@undertone/platform/ids/ids';
import { specify } from '@undertone/platform/test-kit/decider-spec';
import { describe, expect, it } from 'vitest';
import { type CancelJob, cancelEnvelope, cancelJob } from './cancel-job.js';
import { hindranceOf } from './request-again.js';
import { retryJob } from './retry-job.js';
import { retryIdOf } from './settle-failed-job.js';

const [jobId, userId] = [newId(), newId()];
const problem = { code: 'PROVIDER_UNAVAILABLE', message: 'no answer' };

/** The events of a job of a type. */
function job(job_type: string) {
  const data = { job_id: jobId, job_type, user_id: userId };
  return {
    requested: { type: 'requested', data: { ...data, queue: 'spotify', lane: 'bulk', payload: {} } },
    started: { type: 'started', data: { ...data, attempt: 1, worker: 'a' } },
    retrying: { type: 'retrying', data: { ...data, attempt: 1, delay_ms: 10, problem } },
    succeeded: { type: 'succeeded', data: { ...data, attempt: 1, result: {} } },
    failed: { type: 'failed', data: { ...data, attempt: 1, problem } },
    revoked: { type: 'revoked', data: { ...data, reason: 'cancelled' } },
    discarded: { type: 'discarded', data: { ...data, attempt: 1, problem } },
    again: { type: 'requested-again', data: { ...data, attempt: 1, problem, retry_id: retryIdOf(jobId) } },
  } as const;
}

const person = (user_id: string): Principal => ({
  who: { kind: 'user', user_id },
  roles: ['admin'],
  scopes: ['read', 'write', 'admin'],
  authenticated_by: 'session',
});
const own: CancelJob = { of: person(userId), reason: 'cancelled' };
const others = { ...own, of: person(newId()) };
const anybodys = { ...own, of: 'anybody' as const };
const ingest = job('ingest-listening-data');

describe('a job', () => {
  const { given } = specify(cancelJob);

  it.each([
    ['queued', [ingest.requested]],
    ['running', [ingest.requested, ingest.started]],
    ['waiting', [ingest.requested, ingest.started, ingest.retrying]],
  ])('that is %s is cancelled, by its person or an operator', (_, events) => {
    for (const command of [own, anybodys]) given(events).when(command).then([ingest.revoked]);
    given(events).when(others).thenRejects('TASK_NOT_FOUND');
  });

  it('is cancelled once', () => {
    given([ingest.requested, ingest.revoked]).when(own).thenNothing();
    const again = { ...ingest.again, data: { ...ingest.again.data, cancelled: true as const } };
    given([ingest.requested, ingest.revoked, again]).when(own).thenNothing();
    given([ingest.requested, ingest.revoked]).when(others).thenRejects('TASK_NOT_FOUND');
  });

  it('that has ended is not cancelled', () => {
    for (const end of [ingest.succeeded, ingest.failed])
      given([ingest.requested, ingest.started, end]).when(own).thenRejects('TASK_ENDED');
    given([]).when(anybodys).thenRejects('TASK_NOT_FOUND');
  });

  it.each(['erase-person', 'remove-provider-data', 'press-record'])('of the type %s is not', (type) => {
    given([job(type).requested])
      .when(own)
      .thenRejects('TASK_NOT_CANCELLABLE');
  });

  it.each(['take-back-import', 'choose-listen-threshold'])('of the type %s is not once it began', (type) => {
    const { requested, started, retrying, revoked } = job(type);
    given([requested]).when(own).then([revoked]);
    given([requested, started, retrying]).when(own).thenRejects('TASK_NOT_CANCELLABLE');
  });

  it('is cancelled under an id that follows from it', () => {
    const at = new Date('2026-11-30T10:00:00Z');
    const common = { source: 'scheduler', time: at, correlationId: jobId };
    expect(cancelEnvelope(jobId, at)).toEqual({ id: derivedId(jobId, 'cancelled'), ...common });
  });
});

describe('the work of a job', () => {
  const { given } = specify(retryJob);
  const begun = [ingest.requested, ingest.started];

  it('that failed is asked for again, by its person or an operator, once', () => {
    const failed = [...begun, ingest.failed];
    for (const command of [own, anybodys]) given(failed).when(command).then([ingest.again]);
    given(failed).when(others).thenRejects('TASK_NOT_FOUND');
    given([...failed, ingest.again])
      .when(own)
      .thenNothing();
  });

  it('that was cancelled is asked for again, and the event says so', () => {
    const { data } = ingest.again;
    const cancelled = { code: 'REVOKED', message: 'it was cancelled' };
    given([...begun, ingest.revoked])
      .when(own)
      .then([{ type: 'requested-again', data: { ...data, problem: cancelled, cancelled: true } }]);
  });

  it('is not asked for again where it did not fail, or an operator discarded it', () => {
    for (const events of [begun, [...begun, ingest.succeeded]])
      given(events).when(own).thenRejects('TASK_NOT_FAILED');
    given([...begun, ingest.failed, ingest.discarded])
      .when(own)
      .thenRejects('TASK_NOT_RETRYABLE');
    given([]).when(own).thenRejects('TASK_NOT_FOUND');
  });

  it.each([
    ['import-history', /upload/],
    ['export-person', /another one/],
    ['erase-person', /by itself/],
    ['press-record', /does not know/],
  ])('of the type %s is not, and why is said', (type, why) => {
    const { requested, failed } = job(type);
    const command = { ...own, hindrance: hindranceOf(requested.data) };
    given([requested, failed]).when(command).thenRejects('TASK_NOT_RETRYABLE', why);
  });

  it('that a replay asked for is not, and others of its type are', () => {
    const { data } = job('generate-insight').requested;
    const payload = { user_id: userId, snapshot_id: newId(), insight_type: 'roast', tone_mode: 'neutral' };
    const ofReplay = { ...payload, replay: { id: newId(), round: 1 } };
    expect(hindranceOf({ ...data, payload: ofReplay })).toMatch(/resume the replay/);
    expect(hindranceOf({ ...data, payload })).toBeUndefined();
  });
});
