import { defineEntity, p } from '@mikro-orm/core';

/** Read model: failed jobs about which an operator decided, from the JOBS stream. */
export const SettledJob = defineEntity({
  name: 'SettledJob',
  tableName: 'settled_job',
  properties: {
    jobId: p.uuid().primary(),
    /** The job that does the work again; null where it was discarded. */
    retryId: p.uuid().nullable(),
  },
});
