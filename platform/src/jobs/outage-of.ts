import { isDatabaseHanging, isDatabaseUnavailable } from '../database/is-database-unavailable.js';
import { ReadModelAhead } from '../event-store/event-store.js';
import { ObjectStorageUnavailable } from '../objects/object-storage.js';
import { Refused, ServiceUnavailable } from '../rpc/rpc-client.js';
import { TransientJobError } from './job-errors.js';

/**
 * Something that a job needs is unavailable, or a read model is to be rebuilt: not a fault of the job, which has to wait.
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

/** The outage that a job failed for; undefined where it failed for another reason. */
export function outageOf(error: unknown): Outage | undefined {
  const code = 'SERVICE_UNAVAILABLE';
  if (error instanceof ServiceUnavailable) {
    return { code, message: error.message, forMs: error.reachedNobody ? AWAY_MS : HANGING_MS };
  }
  // Another service's word for its own database.
  if (error instanceof Refused && error.code === code) {
    return { code, message: error.message, forMs: AWAY_MS };
  }
  if (isDatabaseUnavailable(error)) {
    const forMs = isDatabaseHanging(error) ? HANGING_MS : AWAY_MS;
    return { code, message: 'the database of the service does not answer', forMs };
  }
  if (error instanceof ReadModelAhead) return { code: error.code, message: error.message, forMs: AWAY_MS };
  const isHanging =
    error instanceof ObjectStorageUnavailable ||
    (error instanceof TransientJobError && error.code === 'READ_MODEL_BEHIND');
  return isHanging ? { code: error.code, message: error.message, forMs: HANGING_MS } : undefined;
}
