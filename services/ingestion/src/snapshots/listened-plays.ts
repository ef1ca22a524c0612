import type { EntityManager } from '@mikro-orm/postgresql';
import type { Period, TimeRange, TopArtist } from '@undertone/contracts/listening/snapshot';
import { periodUpTo } from './export-period.js';
import { type Listened, MAX_ARTISTS } from './listened.js';

/** Plays of a period, and where in the log the last event is that brought one of them. */
export interface ListenedPlays {
  readonly listened: Listened;
  readonly sequence: number;
}

interface Row {
  id: string;
  weight: number;
  artist: string | null;
  sequence: number;
  /** In seconds. */
  first: number;
}

/**
 * What a person played in the range that ends with a day: exports and, of the same days, APIs. Most played first.
 * @param upTo a sequence of LISTENING; what events after it brought does not count.
 * @returns undefined when nothing was played.
 */
export async function listenedByPlays(
  em: EntityManager,
  userId: string,
  { range, lastDay, upTo = Number.MAX_SAFE_INTEGER }: { range: TimeRange; lastDay: string; upTo?: number },
): Promise<ListenedPlays | undefined> {
  const period = periodUpTo(lastDay, range);
  const rows = await em.execute<Row[]>(
    `select track_id as id, count(*)::int as weight, min(artist::text) as artist, max(sequence)::float8 as sequence,
            extract(epoch from min(played_at))::float8 as first
       from play
      where user_id = ? and played_at >= ? and played_at < ? and source <> 'simulator' and sequence <= ?
      group by track_id order by weight desc, track_id`,
    [userId, period.from, period.to, upTo],
  );
  if (rows.length === 0) return undefined;
  return {
    listened: {
      source: 'export',
      snapshot_date: lastDay,
      time_range: range,
      period,
      first_played_at: new Date(1_000 * Math.min(...rows.map(({ first }) => first))).toISOString(),
      weighting: 'plays',
      tracks: rows.map(({ id, weight }) => ({ id, weight })),
      top_artists: artistsOf(rows),
    },
    sequence: rows.reduce((last, { sequence }) => Math.max(last, sequence), 0),
  };
}

/**
 * The last event that may have changed which plays a person has in a period: it told of streams there, whether or not they
 * count, took some back, removed what a provider told, or chose a threshold. By a share of the track, all that was told of it decides, whenever that was.
 */
export async function playsChangedAt(
  em: EntityManager,
  userId: string,
  { from, to }: Period,
): Promise<number> {
  const last = (table: string) => `(select max(sequence) from ${table} where user_id = ?
    and (played_at between ?::timestamptz - interval '2 days' and ?::timestamptz + interval '2 days'
         or exists (select 1 from listen_threshold where user_id = ? and min_share is not null)))`;
  const asked = [userId, from, to, userId];
  const [row] = await em.execute<{ at: number | null }[]>(
    `select greatest((select max(taken_back) from import_report where user_id = ?),
                     (select sequence from listen_threshold where user_id = ?),
                     (select (state ->> 'removed')::bigint from listening where user_id = ?),
                     ${last('play')}, ${last('unused_telling')})::float8 as at`,
    [userId, userId, userId, ...asked, ...asked],
  );
  return row?.at ?? 0;
}

function artistsOf(rows: readonly Row[]): TopArtist[] {
  const artists = new Map<string, { artist_id: string; track_count: number; play_count: number }>();
  for (const { artist, weight } of rows) {
    // What an API told alone: the log has no artist of it.
    if (artist === null) continue;
    const artist_id = `name:${artist}`;
    const known = artists.get(artist_id) ?? { artist_id, track_count: 0, play_count: 0 };
    artists.set(artist_id, {
      artist_id,
      track_count: known.track_count + 1,
      play_count: known.play_count + weight,
    });
  }
  return [...artists.values()]
    .sort(
      (a, b) =>
        b.play_count - a.play_count || b.track_count - a.track_count || (a.artist_id < b.artist_id ? -1 : 1),
    )
    .slice(0, MAX_ARTISTS);
}
