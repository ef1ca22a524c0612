import type { EntityManager } from '@mikro-orm/postgresql';
import type { OwnThreshold } from '../streams/listen-rule.js';
import { ListenThreshold } from './listen-threshold.entity.js';

/** A person's own threshold; null: the rule decides. */
export async function ownThreshold(em: EntityManager, userId: string): Promise<OwnThreshold | null> {
  const row = await em.findOne(ListenThreshold, { userId }, { disableIdentityMap: true });
  if (!row || (row.minSeconds == null && row.minShare == null)) return null;
  return { min_seconds: row.minSeconds ?? null, min_share: row.minShare ?? null };
}
