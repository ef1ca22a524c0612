import { errors as natsErrors } from '@nats-io/transport-node';
import { JobRequested } from '@undertone/contracts/jobs/job';
import { problem } from '@undertone/contracts/rest/problem';
import { EventTooLarge, LogUnavailable } from '@undertone/platform/event-store/event-store';
import { newId } from '@undertone/platform/ids/ids';
import { IdempotencyMismatch } from '@undertone/platform/jobs/request-job';
import { ObjectStorageUnavailable, ObjectTooLarge } from '@undertone/platform/objects/object-storage';
import { Refused, ServiceUnavailable } from '@undertone/platform/rpc/rpc-client';
import { describe, expect, it } from 'vitest';
import { HttpProblem, invalidInput } from './problem.js';
import { toProblem } from './to-problem.js';

const event = { definition: JobRequested, id: newId(), time: new Date(), source: 'gateway', data: {} };
const fromFastify = (statusCode: number) => Object.assign(new Error('secret inside'), { statusCode });

describe('the problem that an error is', () => {
  it.each([
    [Refused.received({ code: 'EMAIL_TAKEN', status: 409, message: 'taken' }), 409, 'EMAIL_TAKEN'],
    [new Refused('PROVIDER_UNAVAILABLE', 'later'), 503, 'PROVIDER_UNAVAILABLE'],
    [new Refused('INTERNAL', 'broken'), 500, 'INTERNAL'],
    [Refused.received({ code: 'ODD', status: 200, message: 'no refusal at all' }), 500, 'INTERNAL'],
    [new ServiceUnavailable('token', new Error()), 503, 'SERVICE_UNAVAILABLE'],
    [new LogUnavailable(new Error()), 503, 'LOG_UNAVAILABLE'],
    [new EventTooLarge(event, 2_000_000, 1_000_000), 413, 'EVENT_TOO_LARGE'],
    [new natsErrors.TimeoutError(), 503, 'LOG_UNAVAILABLE'],
    [new natsErrors.ClosedConnectionError(), 503, 'LOG_UNAVAILABLE'],
    [new ObjectStorageUnavailable(new Error()), 503, 'OBJECT_STORAGE_UNAVAILABLE'],
    [new ObjectTooLarge(5), 413, 'OBJECT_TOO_LARGE'],
    [new IdempotencyMismatch(), 422, 'IDEMPOTENCY_MISMATCH'],
    [new HttpProblem('TASK_NOT_FOUND', 'no'), 404, 'TASK_NOT_FOUND'],
    [fromFastify(400), 400, 'BAD_REQUEST'],
    [fromFastify(413), 413, 'BODY_TOO_LARGE'],
    [fromFastify(415), 415, 'UNSUPPORTED_MEDIA_TYPE'],
    [fromFastify(503), 503, 'TOO_SLOW'],
    [fromFastify(500), 500, 'INTERNAL'],
    [new Error('secret inside'), 500, 'INTERNAL'],
    ['secret inside', 500, 'INTERNAL'],
    [undefined, 500, 'INTERNAL'],
  ])('%s: %i %s', (error, status, code) => {
    const found = toProblem(error);
    expect(found).toMatchObject({ status, code });
    expect(Object.keys(found.headers)).toEqual(status === 503 ? ['retry-after'] : []);
    expect(JSON.stringify(found.toBody('t'))).not.toContain('secret');
  });

  it('has the form of RFC 9457', () => {
    const body = invalidInput([{ path: 'limit', message: 'too big' }]).toBody(
      '4bf92f3577b34da6a3ce929d0e0e4736',
    );
    expect(problem.parse(body)).toEqual({
      type: 'urn:undertone:problem:invalid-input',
      title: 'Unprocessable Entity',
      status: 422,
      detail: 'a field is missing, wrong or unknown',
      code: 'INVALID_INPUT',
      errors: [{ path: 'limit', message: 'too big' }],
      trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
    });
  });
});
