import { defineEntity, p } from '@mikro-orm/core';

/** What the calls of each replay took. No read model, as `model_spending` is none, and kept as long as the replay. */
export const ReplaySpending = defineEntity({
  name: 'ReplaySpending',
  tableName: 'replay_spending',
  properties: {
    replayId: p.uuid().primary(),
    calls: p.integer(),
    /** Of calls that are under way, or did not say what they took, the upper estimate. */
    tokens: p.bigint('number'),
    /** US dollars; null while no call had a price. */
    usd: p.float().columnType('double precision').nullable(),
    /** The most that one call took, or was taken to need before it was made. */
    mostTokens: p.bigint('number'),
    mostUsd: p.float().columnType('double precision').nullable(),
  },
});
