import type { EntityManager } from '@mikro-orm/postgresql';

/** What is allowed for rounding and for the clocks of two systems, in milliseconds. */
export const WINDOW_MARGIN_MS = 5_000;

/** When an API said that a track was played, by track; in milliseconds. */
export type ProviderPlays = Map<string, number[]>;

/** A person's plays of which an API told. */
export async function providerPlays(em: EntityManager, userId: string): Promise<ProviderPlays> {
  const rows: { track_id: string; ms: string }[] = await em.execute(
    `select track_id, round(extract(epoch from played_at) * 1000)::text as ms
       from play where user_id = ? and source <> 'export' order by played_at`,
    [userId],
  );
  const plays: ProviderPlays = new Map();
  for (const { track_id, ms } of rows) {
    const times = plays.get(track_id);
    if (times) times.push(Number(ms));
    else plays.set(track_id, [Number(ms)]);
  }
  return plays;
}

/** Which of these plays are kept already. */
export async function knownPlays(em: EntityManager, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows: { id: string }[] = await em.execute(
    'select id from play where id in (select jsonb_array_elements_text(?::jsonb)::uuid)',
    [JSON.stringify(ids)],
  );
  return new Set(rows.map(({ id }) => id));
}
