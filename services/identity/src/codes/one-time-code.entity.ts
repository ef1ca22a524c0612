import { defineEntity, p } from '@mikro-orm/core';

/** A code that is good once. */
export const OneTimeCode = defineEntity({
  name: 'OneTimeCode',
  tableName: 'one_time_code',
  indexes: [{ properties: ['expiresAt'] }, { properties: ['userId'] }],
  properties: {
    /** SHA-256 of the code. */
    codeHash: p.string().length(43).primary(),
    purpose: p.string().length(16).$type<'invitation' | 'password'>(),
    /** Whose password it sets; null: it invites somebody new. */
    userId: p.uuid().nullable(),
    makesAdmin: p.boolean(),
    expiresAt: p.datetime(),
  },
});
