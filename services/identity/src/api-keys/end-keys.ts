import type { EntityManager } from '@mikro-orm/postgresql';

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
