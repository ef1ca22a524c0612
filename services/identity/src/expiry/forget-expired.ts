import type { EntityManager } from '@mikro-orm/postgresql';

/** Tables whose rows are of no more use after their `expires_at`, with their keys. */
const keys = {
  one_time_code: 'code_hash',
  passkey_challenge: 'challenge_hash',
  provider_sign_in: 'attempt_hash',
} as const;

/**
 * Deletes some of what has expired, whenever something is added, so that the table does not grow with the years. Rows that
 * another transaction has locked are left to it, so that no two wait for each other.
 */
export async function forgetExpired(em: EntityManager, table: keyof typeof keys): Promise<void> {
  const key = keys[table];
  await em.execute(
    `delete from ${table} where ${key} in (
       select ${key} from ${table} where expires_at < now() order by expires_at limit 100 for update skip locked)`,
  );
}
