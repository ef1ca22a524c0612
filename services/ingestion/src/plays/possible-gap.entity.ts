import { defineEntity, p } from '@mikro-orm/core';

/** Read model: between which moments a provider may have forgotten plays before it was asked for them. */
export const PossibleGap = defineEntity({
  name: 'PossibleGap',
  tableName: 'possible_gap',
  indexes: [{ name: 'possible_gap_user_id_index', properties: ['userId'] }],
  properties: {
    /** Of the event that says so. */
    sequence: p.bigint('number').primary().autoincrement(false),
    userId: p.uuid(),
    since: p.datetime(),
    until: p.datetime(),
  },
});
