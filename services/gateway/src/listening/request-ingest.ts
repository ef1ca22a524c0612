import { ingestListeningData } from '@undertone/contracts/jobs/ingest-listening-data';
import type { TimeRange } from '@undertone/contracts/listening/snapshot';
import type { EventStore } from '@undertone/platform/event-store/event-store';
import { requestJob } from '@undertone/platform/jobs/request-job';
import type { KnownUsers } from '../users/known-users.js';

export interface IngestDependencies {
  readonly store: EventStore;
  readonly users: KnownUsers;
}

/**
 * Asks for an ingest of somebody who is known.
 * @returns the task's id.
 * @throws {HttpProblem} 404 when there is no such user.
 */
export async function requestIngest(
  { store, users }: IngestDependencies,
  payload: { readonly user_id: string; readonly time_range: TimeRange },
  idempotencyKey: string | undefined,
): Promise<string> {
  await users.mustExist(payload.user_id);
  return requestJob(store, ingestListeningData, {
    payload,
    lane: 'interactive',
    source: 'gateway',
    idempotencyKey,
  });
}
