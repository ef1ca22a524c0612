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
  ],
  properties: {
    id: p.uuid().primary(),
    /** Finds the person again without decrypting anything. */
    spotifyUserFingerprint: p.string().unique(),
    spotifyUserId: p.text(),
    displayName: p.text(),
    /** Null: the person never gave one. */
    email: p.text().nullable(),
    keyId: p.string().length(8).nullable().generated(namedKey('spotify_user_id')),
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
  },
});
export type UserRow = InferEntity<typeof User>;
