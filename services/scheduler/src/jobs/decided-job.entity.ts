import { defineEntity, p } from '@mikro-orm/core';

/** Read model: which jobs an operator's job that decides about many decided about, from the JOBS stream. */
export const DecidedJob = defineEntity({
  name: 'DecidedJob',
  tableName: 'decided_job',
  properties: {
    /** The job that decided. */
    decisionId: p.uuid().primary(),
    jobId: p.uuid().primary(),
  },
  indexes: [{ properties: ['jobId'] }],
});
