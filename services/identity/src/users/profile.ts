import { givenHandle } from '@undertone/contracts/identity/handle';
import type { Profile } from '@undertone/contracts/identity/user';
import type { FieldEncryption } from '@undertone/platform/crypto/field-encryption';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { openPerson } from './personal-data.js';
import type { UserRow } from './user.entity.js';

/** A person as they see themselves. @throws {UndecryptableField} */
export function profileOf(encryption: FieldEncryption, row: UserRow): Profile {
  const { spotifyUserId, displayName, handle } = openPerson(encryption, row);
  return {
    user_id: row.id,
    spotify_user_id: spotifyUserId ?? null,
    display_name: displayName,
    handle: handle ?? givenHandle(row.id),
    time_zone: row.timeZone ?? null,
    language: row.language ?? null,
    first_day_of_week: row.firstDayOfWeek ?? null,
    run_hours: row.runHours ?? null,
    tone_mode: row.toneMode ?? null,
    created_at: row.createdAt.toISOString(),
  };
}

export const unknownUser = (): Refused => new Refused('USER_NOT_FOUND', 'there is no such user');

export const alreadyRegistered = (): Refused =>
  new Refused(
    'ALREADY_REGISTERED',
    'this account is registered: sign in, or ask an admin for a code to set its password with',
  );

export const missingScope = (): Refused =>
  new Refused('FORBIDDEN', 'the credential does not have the scope "write"');
