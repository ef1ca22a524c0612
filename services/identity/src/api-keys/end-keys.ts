import type { EntityManager } from '@mikro-orm/postgresql';
import { Refused } from '@undertone/platform/rpc/rpc-client';

/**
 * Of what an admin's key does that outlives it, in its transaction, as `Sessions.mustGoOn` for a session.
 * @throws {Refused} `FORBIDDEN`
 */
export async function keyMustBeGood(em: EntityManager, userId: string, keyId: string): Promise<void> {
  const good = await em.execute(
    'select 1 from api_key where id = ? and user_id = ? and ended_at is null for update',
    [keyId, userId],
  );
  if (good.length === 0) throw new Refused('FORBIDDEN', 'the key was revoked at the same moment');
}

/** Ends keys of a user: all, or those that may do what admins may. Whoever calls it publishes that afterwards. */
export async function endKeys(
  em: EntityManager,
  userId: string,
  which: { readonly onlyAdmins?: true } = {},
): Promise<void> {
  const those = which.onlyAdmins ? `and scopes @> '["admin"]'` : '';
  await em.execute(`update api_key set ended_at = now() where user_id = ? and ended_at is null ${those}`, [
    userId,
  ]);
}
