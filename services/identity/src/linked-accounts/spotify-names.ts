import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { FieldEncryption } from '@undertone/platform/crypto/field-encryption';
import type { ProvenAccount } from '../providers/provider.js';
import { fingerprintsOf } from '../users/personal-data.js';
import { User, type UserRow } from '../users/user.entity.js';

/** Who is known here by their name at Spotify, from before there was any sign-in; the row is locked. */
export async function knownByName(
  em: EntityManager,
  encryption: FieldEncryption,
  { subjects }: Pick<ProvenAccount, 'subjects'>,
): Promise<UserRow | undefined> {
  for (const { kind, name } of subjects) {
    const spotifyUserFingerprint = { $in: fingerprintsOf(encryption, name, kind === 'account_id') };
    const row = await em.findOne(User, { spotifyUserFingerprint }, { lockMode: LockMode.PESSIMISTIC_WRITE });
    if (row) return row;
  }
  return undefined;
}

/** Takes a name from everybody who only said that it is theirs. @param owner has proven it. */
export async function dropClaims(
  em: EntityManager,
  encryption: FieldEncryption,
  { subjects }: Pick<ProvenAccount, 'subjects'>,
  owner: string,
): Promise<void> {
  const fingerprints = subjects.flatMap(({ name }) => fingerprintsOf(encryption, name));
  await em.nativeUpdate(
    User,
    { spotifyClaimFingerprint: { $in: fingerprints }, id: { $ne: owner } },
    { spotifyClaimFingerprint: null, spotifyUserId: null, updatedAt: new Date() },
  );
}
