import { isDatabaseUnavailable } from '../database/is-database-unavailable.js';
import { ReadModelAhead } from '../event-store/event-store.js';
import { Refused, ServiceUnavailable } from '../rpc/rpc-client.js';

/**
 * A service, or the database of one, is unavailable, or a read model is to be rebuilt: not a fault of the job, which has
 * to wait.
 */
export interface Outage {
  readonly code: 'SERVICE_UNAVAILABLE' | 'READ_MODEL_AHEAD';
  readonly message: string;
}

/** The outage that a job failed for; undefined where it failed for another reason. */
export function outageOf(error: unknown): Outage | undefined {
  const code = 'SERVICE_UNAVAILABLE';
  if (error instanceof ServiceUnavailable && error.reachedNobody) return { code, message: error.message };
  if (error instanceof ReadModelAhead) return { code: error.code, message: error.message };
  // Another service's word for its own database.
  if (error instanceof Refused && error.code === code) return { code, message: error.message };
  if (isDatabaseUnavailable(error)) return { code, message: 'the database of the service does not answer' };
  return undefined;
}
