import { defineEntity, type InferEntity, p } from '@mikro-orm/core';

/** A passkey of a person: a key pair of which their authenticator has the private half. */
export const Passkey = defineEntity({
  name: 'Passkey',
  tableName: 'passkey',
  indexes: [{ properties: ['userId'] }],
  properties: {
    id: p.uuid().primary(),
    userId: p.uuid(),
    credentialId: p.string().length(1366).unique(),
    /** In COSE form, as base64url. */
    publicKey: p.text(),
    /** How often it signed; 0 where the authenticator does not count. */
    counter: p.bigint('number'),
    transports: p.json<string[]>(),
    name: p.string().length(100),
    createdAt: p.datetime(),
    lastUsedAt: p.datetime().nullable(),
  },
});
export type PasskeyRow = InferEntity<typeof Passkey>;

/** What a passkey is to sign, once. */
export const PasskeyChallenge = defineEntity({
  name: 'PasskeyChallenge',
  tableName: 'passkey_challenge',
  indexes: [{ properties: ['expiresAt'] }],
  properties: {
    /** SHA-256 of the challenge. */
    challengeHash: p.string().length(43).primary(),
    /** Who adds a passkey; null: somebody signs in. */
    userId: p.uuid().nullable(),
    expiresAt: p.datetime(),
  },
});
