import { defineEntity, type InferEntity, p } from '@mikro-orm/core';

/** A browser that is at a provider. What it is recognised by, and secured with, only the browser has (`attempts.ts`). */
export const ProviderSignIn = defineEntity({
  name: 'ProviderSignIn',
  tableName: 'provider_sign_in',
  indexes: [{ properties: ['expiresAt'] }],
  properties: {
    /** SHA-256 of the browser's secret. */
    attemptHash: p.string().length(43).primary(),
    provider: p.string().length(40),
    /** Who links an account, in which session; null: somebody signs in. */
    userId: p.uuid().nullable(),
    sessionId: p.uuid().nullable(),
    /** SHA-256 of an invitation, where one was shown. */
    invitationHash: p.string().length(43).nullable(),
    returnTo: p.string().length(500),
    expiresAt: p.datetime(),
  },
});
export type ProviderSignInRow = InferEntity<typeof ProviderSignIn>;
