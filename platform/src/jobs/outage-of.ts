import { isDatabaseAway } from '../database/is-database-unavailable.js';
import { Refused, ServiceUnavailable } from '../rpc/rpc-client.js';

/** A service, or the database of one, is not there: nothing that a job did, and nothing that it could do better. */
export interface Away {
  readonly code: 'SERVICE_UNAVAILABLE';
  readonly message: string;
}

/** What a job failed for that is only away; undefined where that was not it. */
export function whatIsAway(error: unknown): Away | undefined {
  const code = 'SERVICE_UNAVAILABLE';
  if (error instanceof ServiceUnavailable && error.isAway) return { code, message: error.message };
  // Another service's word for its own database.
  if (error instanceof Refused && error.code === code) return { code, message: error.message };
  if (isDatabaseAway(error)) return { code, message: 'the database of the service does not answer' };
  return undefined;
}
