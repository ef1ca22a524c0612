import { defineEntity, type InferEntity, p } from '@mikro-orm/core';

/** A code that is good once. */
export const OneTimeCode = defineEntity({
  name: 'OneTimeCode',
  tableName: 'one_time_code',
  indexes: [{ properties: ['expiresAt'] }, { properties: ['userId'] }, { properties: ['issuedBy'] }],
  properties: {
    /** SHA-256 of the code. */
    codeHash: p.string().length(43).primary(),
    /** What admins call it. */
    id: p.uuid().unique().defaultRaw('gen_random_uuid()'),
    purpose: p.string().length(16).$type<'invitation' | 'password'>(),
    /** Whose password it sets; null: it invites somebody new. */
    userId: p.uuid().nullable(),
    makesAdmin: p.boolean(),
    /** The admin who made it; null: whoever runs the installation. */
    issuedBy: p.uuid().nullable(),
    /** Whether it was sent to the person who asked for it, and no admin made it. */
    isMailed: p.boolean().default(false),
    expiresAt: p.datetime(),
  },
});
export type OneTimeCodeRow = InferEntity<typeof OneTimeCode>;
