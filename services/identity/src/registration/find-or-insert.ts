import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { newId } from '@undertone/platform/ids/ids';
import { oneAtATime } from '../users/one-at-a-time.js';
import type { SealedPerson } from '../users/personal-data.js';
import { User, type UserRow } from '../users/user.entity.js';

type Fingerprint = 'spotifyUserFingerprint' | 'signInEmailFingerprint';
type NewPerson = SealedPerson & Partial<Pick<UserRow, 'timeZone' | 'passwordHash' | 'isAdmin'>>;

/**
 * The person's row, locked; written where there was none. Of several that register one person at once, the unique index lets
 * one through, and the others find its row.
 * @param fingerprints of the person under each key, the newest first.
 */
export async function findOrInsert(
  em: EntityManager,
  column: Fingerprint,
  fingerprints: readonly string[],
  person: (id: string) => NewPerson,
): Promise<{ isNew: boolean; row: UserRow }> {
  const known = { [column]: { $in: fingerprints } };
  if (fingerprints.length > 1) await oneAtATime(em, fingerprints);
  const id = newId();
  if ((await em.count(User, known)) === 0) {
    const now = new Date();
    await em.upsert(
      User,
      { id, isAdmin: false, ...person(id), createdAt: now, updatedAt: now, registeredSequence: null },
      { onConflictFields: [column], onConflictAction: 'ignore', disableIdentityMap: true },
    );
  }
  const row = await em.findOne(User, known, { lockMode: LockMode.PESSIMISTIC_WRITE });
  // Whoever was found was erased before the row could be locked.
  if (!row) return findOrInsert(em, column, fingerprints, person);
  return { isNew: row.id === id, row };
}
