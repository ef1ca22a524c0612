import { defineEntity, p } from '@mikro-orm/core';

/**
 * A call of a language model, and what it takes of the budgets of the day and of its replay. No read model: a call is in it
 * before it is made, and a call that ended badly, or with the process, is in no event.
 */
export const ModelSpending = defineEntity({
  name: 'ModelSpending',
  tableName: 'model_spending',
  indexes: [{ name: 'model_spending_day', properties: ['day'] }],
  properties: {
    id: p.uuid().primary(),
    userId: p.uuid(),
    /** Which asked for it; null where none did. */
    replayId: p.uuid().nullable(),
    /** In UTC. */
    day: p.date(),
    /** As the settings name it. */
    modelId: p.string(),
    /** The upper estimate; it counts until the call is settled. */
    reservedTokens: p.bigint('number'),
    /** Null where the model's price is not known. */
    reservedUsd: p.float().columnType('double precision').nullable(),
    /** What it took; null while it runs, and for good where nobody knows. */
    spentTokens: p.bigint('number').nullable(),
    spentUsd: p.float().columnType('double precision').nullable(),
    at: p.datetime(),
  },
});
