import { errors as natsErrors } from '@nats-io/transport-node';
import type { ProblemCode } from '@undertone/contracts/problems';
import { EventTooLarge, LogUnavailable } from '@undertone/platform/event-store/event-store';
import { IdempotencyMismatch } from '@undertone/platform/jobs/request-job';
import { ObjectStorageUnavailable, ObjectTooLarge } from '@undertone/platform/objects/object-storage';
import { Refused, ServiceUnavailable } from '@undertone/platform/rpc/rpc-client';
import { HttpProblem } from './problem.js';

/** Long enough for a restart to be over, short enough for a person who waits. */
const RETRY_AFTER_SECONDS = 2;

const natsIsAway = [
  natsErrors.TimeoutError,
  natsErrors.NoRespondersError,
  natsErrors.RequestError,
  natsErrors.ConnectionError,
  natsErrors.ClosedConnectionError,
  natsErrors.DrainingConnectionError,
];

/** What Fastify refuses by itself, in words that give nothing of the request back. */
const refusedByServer: Readonly<Record<number, { code: ProblemCode; detail: string }>> = {
  400: { code: 'BAD_REQUEST', detail: 'the request cannot be understood' },
  413: { code: 'BODY_TOO_LARGE', detail: 'the body is larger than this server takes (BODY_LIMIT_BYTES)' },
  414: { code: 'URI_TOO_LONG', detail: 'a part of the path is too long' },
  415: {
    code: 'UNSUPPORTED_MEDIA_TYPE',
    detail:
      'this path does not take a body of this media type: uploads are multipart/form-data, all else is application/json',
  },
};

const unavailable = (code: ProblemCode, detail: string): HttpProblem =>
  new HttpProblem(code, detail, { headers: { 'retry-after': `${RETRY_AFTER_SECONDS}` } });

/** The problem that an error is to the client; what is unforeseen becomes a 500 that says nothing. */
export function toProblem(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof Refused && error.status >= 400 && error.status <= 599) {
    const { code, message, status, errors, retryAfter } = error;
    if (status === 503) return unavailable(code, message);
    const headers = { ...(retryAfter !== undefined && { 'retry-after': `${retryAfter}` }) };
    return new HttpProblem(code, message, { status, errors, headers });
  }
  if (error instanceof ServiceUnavailable) return unavailable(error.code, error.message);
  if (error instanceof LogUnavailable) return unavailable(error.code, error.message);
  if (error instanceof EventTooLarge) return new HttpProblem(error.code, error.message);
  if (error instanceof ObjectStorageUnavailable) return unavailable(error.code, error.message);
  if (error instanceof ObjectTooLarge) {
    return new HttpProblem(error.code, `the file is larger than ${error.maxBytes} bytes`);
  }
  if (error instanceof IdempotencyMismatch) {
    return new HttpProblem(error.code, error.message, {
      errors: [{ path: 'Idempotency-Key', message: error.message }],
    });
  }
  if (natsIsAway.some((kind) => error instanceof kind)) {
    return unavailable('LOG_UNAVAILABLE', 'the event log did not answer in time');
  }
  return fromServer(error) ?? new HttpProblem('INTERNAL', 'something failed inside');
}

function fromServer(error: unknown): HttpProblem | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  const { statusCode } = error;
  if (statusCode === 503) return unavailable('TOO_SLOW', 'the answer was not ready in time');
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode > 499) return undefined;
  if ('code' in error && error.code === 'FST_ERR_CTP_INVALID_JSON_BODY') {
    return new HttpProblem('BAD_REQUEST', 'the body is not valid JSON');
  }
  const known = refusedByServer[statusCode];
  // Its own code tells the many kinds of 400 apart for people who read logs; clients get one.
  return new HttpProblem(known?.code ?? 'BAD_REQUEST', known?.detail ?? 'the request is refused', {
    status: statusCode,
  });
}
