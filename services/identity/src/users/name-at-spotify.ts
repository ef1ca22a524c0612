import type { FieldEncryption } from '@undertone/platform/crypto/field-encryption';
import { openPerson, sealPerson } from './personal-data.js';
import type { UserRow } from './user.entity.js';

/** Takes a proven name at Spotify into a person's row, or, without one, out of it. @param row locked. */
export function nameAtSpotify(
  encryption: FieldEncryption,
  row: UserRow,
  proven: { readonly kind: string; readonly name: string } | undefined,
): void {
  const person = {
    ...openPerson(encryption, row),
    spotifyUserId: proven?.name,
    isSpotifyProven: proven !== undefined,
    isSpotifyAccountId: proven?.kind === 'account_id',
  };
  Object.assign(row, sealPerson(encryption, row.id, person), { updatedAt: new Date() });
}
