import { defineEntity, p } from '@mikro-orm/core';

/** How far each projection of this schema is: moved in the transaction that applies the events. */
export const ProjectionCheckpoint = defineEntity({
  name: 'ProjectionCheckpoint',
  tableName: 'projection_checkpoint',
  properties: {
    name: p.string().primary(),
    /** Stream sequence of the last event that was applied. */
    sequence: p.bigint('number'),
    updatedAt: p.datetime(),
  },
});
