import type { RecordedEvent } from '@undertone/contracts/event';
import { SnapshotsForgotten } from '@undertone/contracts/insight/snapshots-forgotten';
import { PermanentJobError } from '@undertone/platform/jobs/job-errors';

/** What an insight is written of was erased meanwhile. */
export class SnapshotForgotten extends PermanentJobError {
  constructor() {
    super('SNAPSHOT_NOT_FOUND', 'the snapshot was removed while this was written');
    this.name = 'SnapshotForgotten';
  }
}

/**
 * Lets nobody record what was written of a snapshot that is being forgotten.
 * @param news what the person's log has since the job began.
 * @throws {SnapshotForgotten}
 */
export function refuseForgotten(news: readonly RecordedEvent[], snapshotId: string): void {
  const isForgotten = news.some((event) => SnapshotsForgotten.read(event)?.snapshot_ids.includes(snapshotId));
  if (isForgotten) throw new SnapshotForgotten();
}
