import { defineEntity, p } from '@mikro-orm/core';
import type { TimeRange } from '@undertone/contracts/listening/snapshot';

/** Read model: which snapshots there are, in the order of LISTENING; what they say is ingestion's. */
export const KnownSnapshot = defineEntity({
  name: 'KnownSnapshot',
  tableName: 'known_snapshot',
  indexes: [
    { name: 'known_snapshot_sequence', properties: ['sequence'] },
    { name: 'known_snapshot_slot', properties: ['userId', 'snapshotDate', 'timeRange'] },
  ],
  properties: {
    id: p.uuid().primary(),
    userId: p.uuid(),
    snapshotDate: p.date(),
    timeRange: p.string().$type<TimeRange>(),
    /** A later one of the same person, day and range replaced it. */
    superseded: p.boolean(),
    /** Of its event in the log. */
    sequence: p.bigint('number'),
  },
});
