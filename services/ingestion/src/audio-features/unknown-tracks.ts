import type { EntityManager } from '@mikro-orm/postgresql';
import type { FeatureSource } from '@undertone/contracts/listening/snapshot';

/** Remembers which tracks a provider did not know just now. */
export async function keepUnknown(
  em: EntityManager,
  source: FeatureSource,
  trackIds: readonly string[],
  askedAt: Date,
): Promise<void> {
  if (trackIds.length === 0) return;
  await em.execute(
    `insert into unknown_features (track_id, source, asked_at)
     select jsonb_array_elements_text(?::jsonb) as track_id, ?, ? order by track_id
     on conflict (track_id, source) do update set asked_at = excluded.asked_at`,
    [JSON.stringify(trackIds), source, askedAt],
  );
}

/** Which of the tracks the provider did not know, and said so after a moment. */
export async function unknownSince(
  em: EntityManager,
  source: FeatureSource,
  trackIds: readonly string[],
  after: Date,
): Promise<ReadonlySet<string>> {
  const rows: { track_id: string }[] = await em.execute(
    `select track_id from unknown_features
      where source = ? and asked_at > ? and track_id = any (array(select jsonb_array_elements_text(?::jsonb)))`,
    [source, after, JSON.stringify(trackIds)],
  );
  return new Set(rows.map(({ track_id }) => track_id));
}
