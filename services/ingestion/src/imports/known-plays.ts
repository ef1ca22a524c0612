import type { EntityManager } from '@mikro-orm/postgresql';
import { trackKey } from './track-key.js';

/** What is allowed for rounding and for the clocks of two systems, in milliseconds. */
export const WINDOW_MARGIN_MS = 5_000;

/** A person's plays of which an API told. */
export interface ProviderPlays {
  /** When a track was played, by its id; in milliseconds. */
  readonly times: Map<string, number[]>;
  /** Ids of the tracks that have a name: for streams of which an export has the name alone. */
  readonly named: ReadonlyMap<string, readonly string[]>;
}

/** What of an import's streams is kept already. */
export interface KnownPlays {
  readonly ids: ReadonlySet<string>;
  /** By `minuteKey`, of either form of an export. */
  readonly minutes: ReadonlySet<string>;
  /** Those of account data among them. */
  readonly wholeMinutes: ReadonlySet<string>;
}

/** Reads them from the read model. */
export async function providerPlays(em: EntityManager, userId: string): Promise<ProviderPlays> {
  const rows: { track_id: string; ms: string; name: string | null; artist: string | null }[] =
    await em.execute(
      `select track_id, round(extract(epoch from played_at) * 1000)::text as ms,
              track.name, track.artists -> 0 ->> 'name' as artist
         from play left join track on track.id = track_id
        where user_id = ? and source <> 'export' order by played_at`,
      [userId],
    );
  const times = new Map<string, number[]>();
  const named = new Map<string, string[]>();
  for (const { track_id, ms, name, artist } of rows) {
    const known = times.get(track_id);
    if (known) {
      known.push(Number(ms));
      continue;
    }
    times.set(track_id, [Number(ms)]);
    if (name === null || artist === null) continue;
    const key = trackKey(null, artist, name);
    named.set(key, [...(named.get(key) ?? []), track_id]);
  }
  return { times, named };
}

/** What earlier imports kept of these streams. */
export async function knownPlays(
  em: EntityManager,
  candidates: readonly { id: string; minute: string }[],
): Promise<KnownPlays> {
  const rows: { id: string; minute_key: string | null; whole_minute: boolean }[] =
    candidates.length === 0
      ? []
      : await em.execute(
          `with given as (select id, minute from jsonb_to_recordset(?::jsonb) as r(id uuid, minute uuid))
           select id, minute_key, whole_minute from play where id in (select id from given)
           union all
           select id, minute_key, whole_minute from play where minute_key in (select minute from given)`,
          [JSON.stringify(candidates.map(({ id, minute }) => ({ id, minute })))],
        );
  const minutes = (kept: typeof rows) => new Set(kept.flatMap(({ minute_key }) => minute_key ?? []));
  return {
    ids: new Set(rows.map(({ id }) => id)),
    minutes: minutes(rows),
    wholeMinutes: minutes(rows.filter(({ whole_minute }) => whole_minute)),
  };
}
