import { defineEntity, p } from '@mikro-orm/core';

/**
 * What the calls of a UTC day in `model_spending` take together, of one person or of all: kept with every call, so that
 * the next one's check does not read the whole day.
 */
export const SpendingTotal = defineEntity({
  name: 'SpendingTotal',
  tableName: 'spending_total',
  properties: {
    day: p.date().primary(),
    /** `all`, or a person's id. */
    spender: p.string().primary(),
    tokens: p.bigint('number'),
    usd: p.float().columnType('double precision'),
  },
});
