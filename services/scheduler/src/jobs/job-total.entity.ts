import { defineEntity, p } from '@mikro-orm/core';

/** Read model: how jobs of a type ended on a day, from what `cleanup-old-jobs` counted before their details went. */
export const JobTotal = defineEntity({
  name: 'JobTotal',
  tableName: 'job_total',
  properties: {
    /** In UTC. */
    day: p.date().primary(),
    jobType: p.string().primary(),
    succeeded: p.integer(),
    failed: p.integer(),
    cancelled: p.integer(),
    attempts: p.integer(),
  },
});
