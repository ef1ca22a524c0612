import type { Registration } from '@undertone/contracts/identity/user';
import type { FieldEncryption } from '@undertone/platform/crypto/field-encryption';
import type { UserRow } from './user.entity.js';

/** The columns of a user that say who it is. */
export type SealedPerson = Pick<
  UserRow,
  'spotifyUserFingerprint' | 'spotifyUserId' | 'displayName' | 'email'
>;

// Storage format: a value decrypts under the very context it was encrypted with.
const contextOf = (userId: string, column: string): string => `identity.registered_user/${userId}/${column}`;

/** Encrypts a person's data for the row of the user with this id. */
export const sealPerson = (
  encryption: FieldEncryption,
  userId: string,
  person: Registration,
): SealedPerson => ({
  spotifyUserFingerprint: fingerprintsOf(encryption, person.spotify_user_id)[0],
  spotifyUserId: encryption.encrypt(person.spotify_user_id, contextOf(userId, 'spotify_user_id')),
  displayName: encryption.encrypt(person.display_name, contextOf(userId, 'display_name')),
  email: person.email === undefined ? null : encryption.encrypt(person.email, contextOf(userId, 'email')),
});

/** @throws {UndecryptableField} when the row was written with another key, or its values are another row's. */
export const openPerson = (
  encryption: FieldEncryption,
  row: Pick<UserRow, 'id' | 'spotifyUserId' | 'displayName' | 'email'>,
): Registration => ({
  spotify_user_id: encryption.decrypt(row.spotifyUserId, contextOf(row.id, 'spotify_user_id')),
  display_name: encryption.decrypt(row.displayName, contextOf(row.id, 'display_name')),
  ...(row.email != null && { email: encryption.decrypt(row.email, contextOf(row.id, 'email')) }),
});

/** A row's columns under the newest key. @throws {UndecryptableField} */
export function resealPerson(encryption: FieldEncryption, row: UserRow): SealedPerson {
  const spotifyUserId = encryption.decrypt(row.spotifyUserId, contextOf(row.id, 'spotify_user_id'));
  return {
    spotifyUserFingerprint: fingerprintsOf(encryption, spotifyUserId)[0],
    spotifyUserId: encryption.rewrap(row.spotifyUserId, contextOf(row.id, 'spotify_user_id')),
    displayName: encryption.rewrap(row.displayName, contextOf(row.id, 'display_name')),
    email: row.email == null ? null : encryption.rewrap(row.email, contextOf(row.id, 'email')),
  };
}

/** By which a person is found again: the same for the same provider account; one under each key, the newest first. */
export const fingerprintsOf = (encryption: FieldEncryption, spotifyUserId: string): [string, ...string[]] =>
  encryption.fingerprints(spotifyUserId, 'identity.registered_user/spotify_user_id');
