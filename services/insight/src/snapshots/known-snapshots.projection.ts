import type { EntityManager, InferEntity } from '@mikro-orm/postgresql';
import { Controller } from '@nestjs/common';
import { consumers } from '@undertone/contracts/consumers';
import { isOfTheFuture, SnapshotComputed } from '@undertone/contracts/listening/snapshot-computed';
import { SnapshotsWithdrawn } from '@undertone/contracts/listening/snapshots-withdrawn';
import { type ProjectionBatch, Projects } from '@undertone/platform/nest/jetstream-handlers';
import { KnownSnapshot } from './known-snapshot.entity.js';

type Row = InferEntity<typeof KnownSnapshot>;

/** Keeps `known_snapshot` from what ingestion computed. */
@Controller()
export class KnownSnapshotsProjection {
  @Projects(consumers.knownSnapshots, { version: 2 })
  async apply({ events, em }: ProjectionBatch): Promise<undefined> {
    const rows = events.flatMap((event) => {
      const computed = SnapshotComputed.read(event);
      if (!computed) return [];
      return {
        id: computed.snapshot_id,
        userId: computed.user_id,
        snapshotDate: computed.snapshot_date,
        timeRange: computed.time_range,
        // It is no person's newest, for it ends with a day to come.
        superseded: isOfTheFuture(computed),
        sequence: event.sequence,
      };
    });
    if (rows.length > 0) await keep(em, rows);
    for (const event of events) {
      const { user_id: userId, snapshot_ids: ids = [] } = SnapshotsWithdrawn.read(event) ?? {};
      if (userId) await em.nativeUpdate(KnownSnapshot, { userId, id: { $in: ids } }, { superseded: true });
    }
    return undefined;
  }
}

async function keep(em: EntityManager, rows: Row[]): Promise<void> {
  await em.insertMany(KnownSnapshot, rows);
  await em.execute(
    `update known_snapshot old set superseded = true
       from known_snapshot new
      where new.sequence >= ? and not old.superseded and old.sequence < new.sequence
        and old.user_id = new.user_id and old.snapshot_date = new.snapshot_date and old.time_range = new.time_range`,
    [rows[0]?.sequence ?? 0],
  );
}
