import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { unknownUser } from './profile.js';
import { User, type UserRow } from './user.entity.js';

/** A person's row, locked. @throws {Refused} `USER_NOT_FOUND`: there is none, or they were erased a moment ago. */
export async function lockedUser(em: EntityManager, id: string): Promise<UserRow> {
  const row = await em.findOne(User, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!row) throw unknownUser();
  return row;
}
