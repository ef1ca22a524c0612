import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import type { Providers } from '../providers/providers.js';
import { User, type UserRow } from '../users/user.entity.js';
import { waysToSignIn } from './ways-to-sign-in.js';

/**
 * Locks admins in one order, all of them by default, so that two cannot each do at once what leaves the other as the last one.
 * @param em of a transaction that has locked no user yet.
 */
export const lockedAdmins = (em: EntityManager, ids?: readonly string[]): Promise<UserRow[]> =>
  em.find(
    User,
    { isAdmin: true, ...(ids && { id: { $in: [...ids] } }) },
    { orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE },
  );

/**
 * @param admins all of them, locked.
 * @throws {Refused} `LAST_ADMIN` where without this one nobody would be left, or nobody who can sign in.
 */
export async function mustLeaveAnAdmin(
  em: EntityManager,
  row: UserRow,
  admins: readonly UserRow[],
  providers: Pick<Providers, 'has'>,
): Promise<void> {
  const ways = await waysToSignIn(em, admins, providers);
  const canSignIn = ({ id }: UserRow) => (ways.get(id) ?? []).length > 0;
  const others = admins.filter(({ id }) => id !== row.id);
  if (others.some(canSignIn) || (others.length > 0 && !canSignIn(row))) return;
  throw new Refused(
    'LAST_ADMIN',
    'there would be no admin left who can sign in: make somebody else one first',
  );
}
