import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import type { Preferences } from '@undertone/contracts/identity/preferences';
import { namedKey } from '@undertone/platform/crypto/sealed-rows';

/** A person. What tells who it is, is encrypted, each value bound to its row and column (`personal-data.ts`). */
export const User = defineEntity({
  name: 'User',
  tableName: 'registered_user',
  indexes: [
    { name: 'registered_user_unannounced_index', properties: ['id'], where: { registeredSequence: null } },
    { properties: ['keyId', 'id'] },
    { properties: ['spotifyClaimFingerprint'] },
    { name: 'registered_user_without_pseudonym_index', properties: ['id'], where: { pseudonym: null } },
    { name: 'registered_user_admin_index', properties: ['id'], where: { isAdmin: true } },
  ],
  properties: {
    id: p.uuid().primary(),
    /**
     * Finds the person again without decrypting anything. Null: they have no account at Spotify, or only say that they have: where
     * people sign in, a name proves nothing.
     */
    spotifyUserFingerprint: p.string().unique().nullable(),
    /** Of an id that they only say is theirs: whoever proves that it is takes it from them. */
    spotifyClaimFingerprint: p.string().nullable(),
    spotifyUserId: p.text().nullable(),
    displayName: p.text(),
    /** Null: the person never gave one. */
    email: p.text().nullable(),
    /** What others may know the person by; null: they chose none. */
    handle: p.text().nullable(),
    handleFingerprint: p.string().unique().nullable(),
    /** The address that the person signs in with; null: they have no password. */
    signInEmail: p.text().nullable(),
    signInEmailFingerprint: p.string().unique().nullable(),
    /** Argon2id, in PHC form. */
    passwordHash: p.text().nullable(),
    isAdmin: p.boolean().default(false),
    keyId: p.string().length(8).nullable().generated(namedKey('display_name')),
    /** What follows up to `toneMode` is as the person gave it; millions share it, so it stands here in the clear. */
    timeZone: p.string().length(64).nullable(),
    language: p.string().length(35).nullable(),
    firstDayOfWeek: p.string().length(9).$type<Preferences['first_day_of_week']>().nullable(),
    runHours: p.json<Preferences['run_hours']>().nullable(),
    toneMode: p.string().length(16).$type<Preferences['tone_mode']>().nullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    /** Where `UserRegistered` is in the log; null until the log confirmed it. */
    registeredSequence: p.bigint('number').nullable(),
    /** What stands for them in the audit. Null: nobody has asked for it yet. */
    pseudonym: p.uuid().unique().nullable(),
  },
});
export type UserRow = InferEntity<typeof User>;
