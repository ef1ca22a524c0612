import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import type { AllowedElsewhere, RemovedStore } from '@undertone/contracts/personal-data/erasure';

/** A person who is being erased, or was. What stays knows the person by a pseudonym alone. */
export const Erasure = defineEntity({
  name: 'Erasure',
  tableName: 'erasure',
  indexes: [{ name: 'erasure_under_way_index', properties: ['id'], where: { doneAt: null } }],
  properties: {
    id: p.uuid().primary(),
    /** Until everything else is gone. */
    userId: p.uuid().unique().nullable(),
    pseudonym: p.uuid(),
    /** SHA-256 of the receipt's code; null: nobody was given one. */
    codeHash: p.string().length(43).unique().nullable(),
    requestedAt: p.datetime(),
    /** Counts the jobs that were requested for it, of which each but the last ended before the erasure did. */
    round: p.integer().default(1),
    /** Whether the log confirmed the job of this round. */
    jobRequested: p.boolean().default(false),
    /** When the last pass over all services ended. */
    passedAt: p.datetime().nullable(),
    removed: p.json<RemovedStore[]>(),
    allowedElsewhere: p.json<AllowedElsewhere[]>(),
    doneAt: p.datetime().nullable(),
    /** When the servers had rewritten their files, in which deleted rows stand until then. */
    rewrittenAt: p.datetime().nullable(),
    notRewritten: p.json<string[]>().nullable(),
  },
});
export type ErasureRow = InferEntity<typeof Erasure>;
