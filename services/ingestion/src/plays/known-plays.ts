import type { EntityManager } from '@mikro-orm/postgresql';
import { trackKey } from '../play-keys/track-key.js';
import { namesForPerson } from '../tracks/names-for-person.js';

/** What is allowed for rounding and for the clocks of two systems, in milliseconds. */
export const WINDOW_MARGIN_MS = 5_000;
const HOUR_MS = 3_600_000;

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
      `with told as (select track_id, played_at from play where user_id = ? and source <> 'export')
       select track_id, round(extract(epoch from played_at) * 1000)::text as ms,
              named.name, named.artists -> 0 ->> 'name' as artist
         from told left join (${namesForPerson('(select distinct track_id from told)', '?')}) as named on named.id = track_id
        order by played_at`,
      [userId, userId],
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

/** What earlier imports kept around these streams. */
export async function knownPlays(
  em: EntityManager,
  userId: string,
  streams: readonly { readonly endedAt: Date }[],
): Promise<KnownPlays> {
  const rows = await exportedAround(em, userId, streams);
  const minutes = (kept: typeof rows) => new Set(kept.map(({ minute_key }) => minute_key));
  return {
    ids: new Set(rows.map(({ id }) => id)),
    minutes: minutes(rows),
    wholeMinutes: minutes(rows.filter(({ whole_minute }) => whole_minute)),
  };
}

/**
 * A person's exported plays of the hours in which these streams end, among which every other telling of one of them is. An
 * export is in the order of time, so a batch has few hours, and the index of the history has the plays of each beside each
 * other: neither ids nor minute keys have to be looked up one by one.
 */
export function exportedAround(
  em: EntityManager,
  userId: string,
  streams: readonly { readonly endedAt: Date }[],
): Promise<{ id: string; minute_key: string; whole_minute: boolean }[]> {
  const hours = new Set(streams.map(({ endedAt }) => Math.floor(endedAt.getTime() / HOUR_MS)));
  if (hours.size === 0) return Promise.resolve([]);
  return em.execute(
    // "offset 0" has one look an hour: a plan that expects few plays would go through all of a person's for each.
    `select there.id, there.minute_key, there.whole_minute
       from jsonb_array_elements_text(?::jsonb) as given(hour)
      cross join lateral (
        select id, minute_key, whole_minute from play
         where user_id = ? and played_at >= given.hour::timestamptz
           and played_at < given.hour::timestamptz + interval '1 hour' and source = 'export'
        offset 0) as there`,
    [JSON.stringify([...hours].map((hour) => new Date(hour * HOUR_MS))), userId],
  );
}
