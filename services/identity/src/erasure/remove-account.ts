import type { EntityManager } from '@mikro-orm/postgresql';
import { nobody } from '@undertone/contracts/id';
import { eraseRows } from '@undertone/platform/personal-data/erase-rows';

/**
 * Removes a person, and all that they sign in with, in one transaction. Of sessions and keys the id stays for a day, as nobody's:
 * while their access tokens are about, the list of what was revoked has to name them.
 * @param em of a transaction.
 * @returns what was removed, by table.
 */
export async function removeAccount(
  em: EntityManager,
  userId: string,
): Promise<{ table: string; removed: number }[]> {
  await em.execute(`delete from session where user_id = ? and ended_at < now() - interval '1 day'`, [nobody]);
  await em.execute(`delete from api_key where user_id = ? and ended_at < now() - interval '1 day'`, [nobody]);
  const sessions: unknown[] = await em.execute(
    `update session set user_id = ?, device = '', token_hash = '', chain_key = '', started_by = null, reuse_found_at = null,
       ended_at = coalesce(ended_at, now())
     where user_id = ? returning id`,
    [nobody, userId],
  );
  // Its hash has to be unique, and nobody's key has this one.
  const keys: unknown[] = await em.execute(
    `update api_key set user_id = ?, name = '', key_hash = id::text, scopes = '[]', last_used_at = null,
       ended_at = coalesce(ended_at, now())
     where user_id = ? returning id`,
    [nobody, userId],
  );
  const { removed } = await eraseRows(em, 'identity', userId);
  return [
    { table: 'session', removed: sessions.length },
    { table: 'api_key', removed: keys.length },
    ...removed,
  ];
}
