import { defineEntity, p } from '@mikro-orm/core';

/** How often signing in failed of late, by account or address (`throttle.ts`). */
export const FailedTry = defineEntity({
  name: 'FailedTry',
  tableName: 'failed_try',
  indexes: [{ properties: ['failedAt'] }],
  properties: {
    /** A kind, and a fingerprint of whose it is. */
    subject: p.string().length(80).primary(),
    failures: p.integer(),
    failedAt: p.datetime(),
    /** When somebody last signed in to the account from the address. */
    succeededAt: p.datetime().nullable(),
    /** Since when somebody is told to wait at the address; null: they are not. */
    waitingSince: p.datetime().nullable(),
  },
});
