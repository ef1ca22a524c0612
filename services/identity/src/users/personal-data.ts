import type { FieldEncryption } from '@undertone/platform/crypto/field-encryption';
import type { UserRow } from './user.entity.js';

/** What tells who somebody is. */
export interface Person {
  readonly spotifyUserId?: string | undefined;
  /** Whether the person is found by the id: whoever knows an id has not proved that it is theirs. */
  readonly isSpotifyProven: boolean;
  /** Whether the id is the one that never changes: it may read like somebody else's name. */
  readonly isSpotifyAccountId?: boolean;
  readonly displayName: string;
  readonly email?: string | undefined;
  readonly signInEmail?: string | undefined;
  readonly handle?: string | undefined;
}

/** The columns of a user that say who it is. */
export type SealedPerson = Pick<
  UserRow,
  | 'spotifyUserFingerprint'
  | 'spotifyClaimFingerprint'
  | 'spotifyUserId'
  | 'displayName'
  | 'email'
  | 'signInEmail'
  | 'signInEmailFingerprint'
  | 'handle'
  | 'handleFingerprint'
>;

// Storage format: a value decrypts under the very context it was encrypted with.
const contextOf = (userId: string, column: string): string => `identity.registered_user/${userId}/${column}`;

/** Encrypts a person's data for the row of the user with this id. */
export function sealPerson(encryption: FieldEncryption, userId: string, person: Person): SealedPerson {
  const { spotifyUserId, displayName, email, signInEmail, handle } = person;
  const seal = (value: string | undefined, column: string) =>
    value === undefined ? null : encryption.encrypt(value, contextOf(userId, column));
  return {
    ...spotifyFingerprints(encryption, person),
    spotifyUserId: seal(spotifyUserId, 'spotify_user_id'),
    displayName: encryption.encrypt(displayName, contextOf(userId, 'display_name')),
    email: seal(email, 'email'),
    signInEmail: seal(signInEmail, 'sign_in_email'),
    signInEmailFingerprint: signInEmail === undefined ? null : signInFingerprints(encryption, signInEmail)[0],
    handle: seal(handle, 'handle'),
    handleFingerprint: handle === undefined ? null : handleFingerprints(encryption, handle)[0],
  };
}

/** @throws {UndecryptableField} when the row was written with another key, or its values are another row's. */
export function openPerson(encryption: FieldEncryption, row: SealedPerson & Pick<UserRow, 'id'>): Person {
  const open = (value: string | null | undefined, column: string) =>
    value == null ? undefined : encryption.decrypt(value, contextOf(row.id, column));
  return {
    spotifyUserId: open(row.spotifyUserId, 'spotify_user_id'),
    isSpotifyProven: row.spotifyUserFingerprint != null,
    isSpotifyAccountId: row.spotifyUserFingerprint?.startsWith(OF_ACCOUNT_ID) ?? false,
    displayName: encryption.decrypt(row.displayName, contextOf(row.id, 'display_name')),
    email: open(row.email, 'email'),
    signInEmail: open(row.signInEmail, 'sign_in_email'),
    handle: open(row.handle, 'handle'),
  };
}

/** A row's columns under the newest key. @throws {UndecryptableField} */
export function resealPerson(encryption: FieldEncryption, row: UserRow): SealedPerson {
  const person = openPerson(encryption, row);
  const { signInEmail, handle } = person;
  const rewrap = (value: string | null | undefined, column: string) =>
    value == null ? null : encryption.rewrap(value, contextOf(row.id, column));
  return {
    ...spotifyFingerprints(encryption, person),
    spotifyUserId: rewrap(row.spotifyUserId, 'spotify_user_id'),
    displayName: encryption.rewrap(row.displayName, contextOf(row.id, 'display_name')),
    email: rewrap(row.email, 'email'),
    signInEmail: rewrap(row.signInEmail, 'sign_in_email'),
    signInEmailFingerprint: signInEmail === undefined ? null : signInFingerprints(encryption, signInEmail)[0],
    handle: rewrap(row.handle, 'handle'),
    handleFingerprint: handle === undefined ? null : handleFingerprints(encryption, handle)[0],
  };
}

function spotifyFingerprints(
  encryption: FieldEncryption,
  {
    spotifyUserId,
    isSpotifyProven,
    isSpotifyAccountId = false,
  }: Pick<Person, 'spotifyUserId' | 'isSpotifyProven' | 'isSpotifyAccountId'>,
): Pick<SealedPerson, 'spotifyUserFingerprint' | 'spotifyClaimFingerprint'> {
  const fingerprint =
    spotifyUserId === undefined ? null : fingerprintsOf(encryption, spotifyUserId, isSpotifyAccountId)[0];
  return {
    spotifyUserFingerprint: isSpotifyProven ? fingerprint : null,
    spotifyClaimFingerprint: isSpotifyProven ? null : fingerprint,
  };
}

// Storage format: before the fingerprint of an `account_id`. That of a name, which may change hands, has nothing before it.
const OF_ACCOUNT_ID = 'account_id:';

/** By which a person is found again: the same for the same provider account; one under each key, the newest first. */
export function fingerprintsOf(
  encryption: FieldEncryption,
  spotifyUserId: string,
  isAccountId = false,
): [string, ...string[]] {
  const context = 'identity.registered_user/spotify_user_id';
  const [newest, ...older] = encryption.fingerprints(spotifyUserId, context);
  const ofKind = (fingerprint: string) => (isAccountId ? OF_ACCOUNT_ID : '') + fingerprint;
  return [ofKind(newest), ...older.map(ofKind)];
}

/** By which an account is found that signs in with this address; one under each key, the newest first. */
export const signInFingerprints = (encryption: FieldEncryption, email: string): [string, ...string[]] =>
  encryption.fingerprints(email.toLowerCase(), 'identity.registered_user/sign_in_email');

/** By which a handle is known to be somebody's; one under each key, the newest first. */
export const handleFingerprints = (encryption: FieldEncryption, handle: string): [string, ...string[]] =>
  encryption.fingerprints(handle, 'identity.registered_user/handle');
