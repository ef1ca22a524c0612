import { defineEntity, p } from '@mikro-orm/core';

/** Read model: from when on a stream counts for a person who chose it; no row: the rule decides. */
export const ListenThreshold = defineEntity({
  name: 'ListenThreshold',
  tableName: 'listen_threshold',
  properties: {
    userId: p.uuid().primary(),
    minSeconds: p.integer().nullable(),
    minShare: p.double().$type<number>().nullable(),
    /** Of the event that says so. */
    sequence: p.bigint('number'),
  },
});
