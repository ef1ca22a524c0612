import type { JobProblem } from '@undertone/contracts/jobs/job';
import { CacheUnavailable } from '../cache/read-cache.js';
import {
  ConcurrencyConflict,
  EventTooLarge,
  InvalidEvent,
  LogUnavailable,
  ReadModelAhead,
} from '../event-store/event-store.js';
import { ObjectStorageUnavailable } from '../objects/object-storage.js';
import { Refused, ServiceUnavailable } from '../rpc/rpc-client.js';

/** The job cannot succeed, however often it is tried. The code and message reach the person who asked. */
export class PermanentJobError extends Error {
  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'PermanentJobError';
  }
}

/** No worker of this release knows the job's type. A newer release may have asked for it, and its workers take it. */
export class UnknownJob extends PermanentJobError {
  constructor(type: string) {
    super('UNKNOWN_JOB', `no worker knows the job ${type}`);
    this.name = 'UnknownJob';
  }
}

/** A passing failure whose cause is known, and how long to wait where the other side said so. */
export class TransientJobError extends Error {
  constructor(
    readonly code: string,
    message: string,
    /** Milliseconds that must pass before the next try; absent: the runner's backoff. */
    readonly retryAfterMs?: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'TransientJobError';
  }
}

/** The reason of a job's signal when the job was cancelled. */
export class JobCancelled extends Error {
  constructor() {
    super('the job was cancelled');
    this.name = 'JobCancelled';
  }
}

/**
 * Nothing failed, but the job has to wait its turn: for a budget of calls, or until another side takes calls again.
 * It is put back until then, and the try does not count.
 */
export class PostponedJobError extends Error {
  constructor(
    readonly code: string,
    /** Why; when it goes on is added. */
    message: string,
    readonly resumeAt: Date,
    options?: ErrorOptions,
  ) {
    super(`${message}; it goes on at ${resumeAt.toISOString()}`, options);
    this.name = 'PostponedJobError';
  }
}

/** What a handler gets wrong in an event it gets wrong the next time too. */
export const isPermanent = (error: unknown): boolean =>
  error instanceof PermanentJobError || error instanceof InvalidEvent;

/** Of a problem, in characters. */
const LONGEST_MESSAGE = 2_000;

/** What a person is told of an error. Unknown errors keep their details in the log. */
export function problemOf(error: unknown): JobProblem {
  if (
    error instanceof PermanentJobError ||
    error instanceof TransientJobError ||
    error instanceof PostponedJobError ||
    error instanceof ServiceUnavailable ||
    error instanceof Refused ||
    error instanceof EventTooLarge ||
    error instanceof LogUnavailable ||
    error instanceof ConcurrencyConflict ||
    error instanceof ReadModelAhead ||
    error instanceof CacheUnavailable ||
    error instanceof ObjectStorageUnavailable
  ) {
    // The other side's words may be in it: the log takes no NUL, and no event of any size.
    return { code: error.code, message: error.message.replaceAll('\0', '').slice(0, LONGEST_MESSAGE) };
  }
  return { code: 'INTERNAL', message: 'something failed inside; the log of the service says what' };
}
