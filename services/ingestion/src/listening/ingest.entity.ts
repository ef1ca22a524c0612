import { defineEntity, p } from '@mikro-orm/core';
import type { TimeRange } from '@undertone/contracts/listening/snapshot';

/** Read model: when a person's listening was fetched, and where in the log that is. */
export const Ingest = defineEntity({
  name: 'Ingest',
  tableName: 'ingest',
  indexes: [{ properties: ['userId', 'timeRange'] }],
  properties: {
    /** Of the event. */
    id: p.uuid().primary(),
    userId: p.uuid(),
    timeRange: p.string().$type<TimeRange>(),
    fetchedAt: p.datetime(),
    sequence: p.bigint('number'),
  },
});
