import { defineEntity, p } from '@mikro-orm/core';
import type { BuiltFrom } from './built-from.js';

/** How far each projection of this schema is: moved in the transaction that applies the events. */
export const ProjectionCheckpoint = defineEntity({
  name: 'ProjectionCheckpoint',
  tableName: 'projection_checkpoint',
  properties: {
    name: p.string().primary(),
    /** Stream sequence of the last event that was applied. */
    sequence: p.bigint('number'),
    updatedAt: p.datetime(),
    /** Which log the sequence is of: when its stream was made, in the server's words. Null: not learned yet. */
    log: p.string().nullable(),
    /** An event that was applied, and when the log took it: at that place it has to be the same one. */
    landmark: p.bigint('number').nullable(),
    landmarkAt: p.datetime().nullable(),
    /** What the tables were built from. Null: before the first event, or an older release did not note it. */
    builtFrom: p.json<BuiltFrom>().nullable(),
  },
});
