import { UnreadableEvent } from '@undertone/contracts/event';
import { CacheUnavailable } from '../cache/read-cache.js';
import { isDatabaseHanging, isDatabaseUnavailable } from '../database/is-database-unavailable.js';
import { ConcurrencyConflict, LogUnavailable, ReadModelAhead } from '../event-store/event-store.js';
import { ObjectStorageUnavailable } from '../objects/object-storage.js';
import { Refused, ServiceUnavailable } from '../rpc/rpc-client.js';
import { TransientJobError, UnknownJob } from './job-errors.js';

/**
 * Something that a job needs is unavailable, a read model is to be rebuilt, or other writers came first each time: not a fault of the
 * job, which has to wait.
 */
export interface Outage {
  readonly code: string;
  readonly message: string;
  /** How long after its request a job waits for this, in milliseconds; after that a failure counts as a try. */
  readonly forMs: number;
}

/** What answers nothing may be frozen, or stumble over this very job: it gets a day. */
const HANGING_MS = 24 * 60 * 60 * 1000;
/** What is not there is nobody's fault; how long a job may wait at all is the runner's. */
const AWAY_MS = Number.POSITIVE_INFINITY;

/** The codes by which a part of this system says that it does not answer now, here or in another service's answer. */
const waits: Readonly<Record<string, number>> = {
  // Another service's word for its own database.
  SERVICE_UNAVAILABLE: AWAY_MS,
  READ_MODEL_AHEAD: AWAY_MS,
  READ_MODEL_BEHIND: HANGING_MS,
  LOG_UNAVAILABLE: HANGING_MS,
  // Others of the same person came first, each time.
  CONCURRENCY_CONFLICT: HANGING_MS,
  CACHE_UNAVAILABLE: HANGING_MS,
  OBJECT_STORAGE_UNAVAILABLE: HANGING_MS,
  // Of a replica of an older release, until it is replaced.
  CALLER_UNKNOWN: HANGING_MS,
  UNKNOWN_JOB: HANGING_MS,
};

/** The outage that a job failed for; undefined where it failed for another reason. */
export function outageOf(error: unknown): Outage | undefined {
  if (error instanceof ServiceUnavailable) {
    const { code, message } = error;
    return { code, message, forMs: error.reachedNobody ? AWAY_MS : HANGING_MS };
  }
  if (isDatabaseUnavailable(error)) {
    const forMs = isDatabaseHanging(error) ? HANGING_MS : AWAY_MS;
    return { code: 'SERVICE_UNAVAILABLE', message: 'the database of the service does not answer', forMs };
  }
  if (error instanceof UnreadableEvent) {
    const message = 'an event that it needs was written by a newer release, whose workers go on with it';
    return { code: error.code, message, forMs: HANGING_MS };
  }
  if (!isOurs(error)) return undefined;
  const { code, message } = error;
  const forMs = waits[code];
  return forMs === undefined ? undefined : { code, message, forMs };
}

const isOurs = (error: unknown): error is Error & { readonly code: string } =>
  error instanceof Refused ||
  error instanceof TransientJobError ||
  error instanceof LogUnavailable ||
  error instanceof ConcurrencyConflict ||
  error instanceof ReadModelAhead ||
  error instanceof CacheUnavailable ||
  error instanceof ObjectStorageUnavailable ||
  error instanceof UnknownJob;

/** Between two tries during an outage. */
const LONGEST_OUTAGE_WAIT_MS = 30 * 60 * 1000;

/**
 * How long a job waits for a service, or a database, that is not there: it may be gone for a deployment's seconds or for days,
 * and neither is the job's fault, so no try counts. A quarter of the job's age, from a second to half an hour, so that a
 * long outage does not fill the log.
 */
export const outageWaitMs = (ageMs: number): number =>
  Math.min(LONGEST_OUTAGE_WAIT_MS, Math.max(1_000, ageMs / 4));
