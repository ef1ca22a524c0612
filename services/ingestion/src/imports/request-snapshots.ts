import { computeExportSnapshots } from '@undertone/contracts/jobs/compute-export-snapshots';
import type { ImportReport } from '@undertone/contracts/listening/import';
import type { EventStore } from '@undertone/platform/event-store/event-store';
import { requestedJobId, requestJob } from '@undertone/platform/jobs/request-job';

type Imported = Pick<ImportReport, 'import_id' | 'user_id' | 'kept'>;

/** The job that computes snapshots from an import; null when there was nothing new to compute from. */
export const snapshotsTaskId = ({ import_id, user_id, kept }: Imported): string | null =>
  kept === 0 ? null : requestedJobId(computeExportSnapshots, user_id, import_id);

/** Asks for it, once an import is recorded; asked again, it is the same job. */
export async function requestSnapshots(store: EventStore, imported: Imported): Promise<string | null> {
  if (imported.kept === 0) return null;
  const { import_id, user_id } = imported;
  return requestJob(store, computeExportSnapshots, {
    payload: { user_id, import_id },
    // Like the import: a person waits for it.
    lane: 'interactive',
    source: 'ingestion',
    idempotencyKey: import_id,
  });
}
