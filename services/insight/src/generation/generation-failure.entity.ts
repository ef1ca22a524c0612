import { defineEntity, p } from '@mikro-orm/core';
import type { InsightType } from '@undertone/contracts/insight/insight';

/** Read model: jobs that ended without an insight after a writer was asked. */
export const GenerationFailure = defineEntity({
  name: 'GenerationFailure',
  tableName: 'generation_failure',
  indexes: [
    { name: 'generation_failure_report', properties: ['insightType', 'failedAt'] },
    { name: 'generation_failure_snapshot', properties: ['snapshotId'] },
  ],
  properties: {
    insightId: p.uuid().primary(),
    userId: p.uuid(),
    snapshotId: p.uuid(),
    insightType: p.string().$type<InsightType>(),
    promptVersion: p.string(),
    experimentId: p.uuid().nullable(),
    variant: p.string().nullable(),
    code: p.string(),
    attempts: p.integer(),
    failedAt: p.datetime(),
    /** Of its event in the log. */
    sequence: p.bigint('number'),
  },
});
