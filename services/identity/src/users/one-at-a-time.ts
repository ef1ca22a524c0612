import type { EntityManager } from '@mikro-orm/postgresql';

/**
 * Lets one transaction at a time go on with a value, of which these are the fingerprints under each key. While keys are rotated,
 * replicas may write fingerprints of one value under different keys, which a unique index takes for two. They have a key in
 * common, though: its fingerprint is what they queue for.
 */
export async function oneAtATime(em: EntityManager, fingerprints: readonly string[]): Promise<void> {
  for (const fingerprint of fingerprints.toSorted()) {
    await em.execute('select pg_advisory_xact_lock(hashtextextended(?, 0))', [fingerprint]);
  }
}
