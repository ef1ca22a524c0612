import type { EntityManager } from '@mikro-orm/postgresql';
import type { ListeningSource } from '@undertone/contracts/listening/snapshot';
import { neighbourhoods, type Range, rangeOf } from '../streams/neighbourhood.js';
import type { Telling } from '../streams/telling.js';
import { TrackLengths } from '../streams/track-lengths.js';

/** A telling as the read model keeps it. */
export interface StoredTelling extends Telling {
  readonly source: ListeningSource;
  /** Of an export: `artistKey` without its prefix. */
  readonly artist: string | null;
  /** Of an API that says it: the length of the track, in milliseconds. */
  readonly trackMs: number | null;
  /** It stands for its stream, which is a listen. */
  readonly isPlay: boolean;
}

const DAY_MS = 86_400_000;

/** SQL of a telling without `isPlay`, from either table. */
const columns = `id, round(extract(epoch from played_at) * 1000)::float8 as at, ms_played as ms, track_id as track,
  'name:' || named as named, whole_minute as "wholeMinute", broken_off as "brokenOff", sequence::float8 as sequence, source, artist, track_ms as "trackMs"`;

/** Ranges without those that lie within a day of another: a batch is read in few statements' parts. */
function merged(ranges: readonly Range[]): Range[] {
  const all: { since: number; until: number }[] = [];
  for (const { since, until } of [...ranges].sort((a, b) => a.since - b.since)) {
    const last = all.at(-1);
    if (last && since - last.until <= DAY_MS) last.until = Math.max(last.until, until);
    else all.push({ since, until });
  }
  return all;
}

/** Whatever was told of a person's streams in these times, by exports and by APIs. */
export async function storedTellings(
  em: EntityManager,
  userId: string,
  ranges: readonly Range[],
): Promise<StoredTelling[]> {
  const asked = merged(ranges).map(({ since, until }) => ({
    since: new Date(since),
    until: new Date(until),
  }));
  // No stream is longer than a day, so none that ends later reaches back into a range.
  const within = `user_id = ? and played_at >= given.since - interval '2 minutes'
    and played_at <= given.until + interval '1 day 2 minutes'`;
  return em.execute(
    `select distinct on (there.id, there.sequence) there.*
       from jsonb_to_recordset(?::jsonb) as given(since timestamptz, until timestamptz)
      cross join lateral (
        select ${columns}, true as "isPlay" from play where ${within}
        union all select ${columns}, false from unused_telling where ${within}
        offset 0) as there`,
    [JSON.stringify(asked), userId, userId],
  );
}

/** A telling as it is where it is the same one, whoever read it. */
const place = ({ id, sequence }: Telling): string => `${id} ${sequence}`;

/**
 * All that some tellings may have to do with: their neighbourhoods, of what is stored and of themselves.
 * @param seeds stored or not.
 */
export async function neighbourhoodsAround<T extends Telling>(
  em: EntityManager,
  userId: string,
  seeds: readonly T[],
): Promise<(StoredTelling | T)[][]> {
  const own = new Map(seeds.map((seed) => [place(seed), seed]));
  let ranges = merged(seeds.map(rangeOf));
  for (;;) {
    const there = await storedTellings(em, userId, ranges);
    const all: (StoredTelling | T)[] = [
      ...there.filter((telling) => !own.has(place(telling))),
      ...own.values(),
    ];
    const touched = neighbourhoods(all).filter((tellings) => tellings.some((one) => own.has(place(one))));
    const wider = merged([...ranges, ...touched.flat().map(rangeOf)]);
    // A neighbourhood that ends where nothing was read may go on there.
    if (JSON.stringify(wider) === JSON.stringify(ranges)) return touched;
    ranges = wider;
  }
}

const ofTracks = `user_id = ? and (track_id in (select key from asked) or 'name:' || named in (select key from asked))`;

/** Whatever was told of a person's tracks, by their ids or `namesKey`s. */
export async function tellingsOfTracks(
  em: EntityManager,
  userId: string,
  keys: readonly string[],
): Promise<StoredTelling[]> {
  if (keys.length === 0) return [];
  return em.execute(
    `with asked as (select jsonb_array_elements_text(?::jsonb) as key)
     select ${columns}, true as "isPlay" from play where ${ofTracks}
     union all select ${columns}, false from unused_telling where ${ofTracks}`,
    [JSON.stringify(keys), userId, userId],
  );
}

/**
 * How long tracks are, by whatever was told to the person.
 * @param keys of the tracks; absent: all that the person ever played.
 */
export async function lengthsOf(
  em: EntityManager,
  userId: string,
  keys?: readonly string[],
): Promise<TrackLengths> {
  const lengths = new TrackLengths();
  if (keys?.length === 0) return lengths;
  const told = (table: string) =>
    `select track_id, named, max(track_ms) as track_ms, max(ms_played) filter (where not broken_off and not whole_minute) as ms
       from ${table} where ${keys ? ofTracks : 'user_id = ?'} group by track_id, named`;
  const rows: { track: string; named: string | null; trackMs: number | null; ms: number | null }[] =
    await em.execute(
      `with asked as (select jsonb_array_elements_text(?::jsonb) as key)
       select track_id as track, 'name:' || named as named, track_ms as "trackMs", ms
         from (${told('play')} union all ${told('unused_telling')}) as told`,
      [JSON.stringify(keys ?? []), userId, userId],
    );
  for (const row of rows) lengths.add({ ...row, brokenOff: false, wholeMinute: false });
  return lengths;
}
