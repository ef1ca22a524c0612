import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import type { SigningKeys } from '@undertone/contracts/sign-in/access-token';

/** A key that signs access tokens. */
export const SigningKey = defineEntity({
  name: 'SigningKey',
  tableName: 'signing_key',
  properties: {
    kid: p.string().length(64).primary(),
    publicKey: p.json<SigningKeys['keys'][number]>(),
    /** A JWK, encrypted. Where its key is gone, so is this one, and another takes its place: nothing else depends on it. */
    privateKey: p.text(),
    createdAt: p.datetime(),
  },
});
export type SigningKeyRow = InferEntity<typeof SigningKey>;
