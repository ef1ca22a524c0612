import { defineEntity, p } from '@mikro-orm/core';

/** Read model: the sums over each replay's items, so that nobody has to count them. */
export const ReplayTotal = defineEntity({
  name: 'ReplayTotal',
  tableName: 'replay_total',
  properties: {
    replayId: p.uuid().primary(),
    underWay: p.integer(),
    written: p.integer(),
    failed: p.integer(),
    retries: p.integer(),
  },
});
