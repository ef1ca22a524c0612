import type { EntityManager } from '@mikro-orm/postgresql';
import type { ListeningSource } from '@undertone/contracts/listening/snapshot';
import { neighbourhoods, type Range, rangeOf } from '../streams/neighbourhood.js';
import type { Telling } from '../streams/telling.js';

/** A telling as the read model keeps it. */
export interface StoredTelling extends Telling {
  readonly source: ListeningSource;
  /** Of an export: `artistKey` without its prefix. */
  readonly artist: string | null;
  /** It stands for its stream, which is a listen. */
  readonly isPlay: boolean;
}

const DAY_MS = 86_400_000;

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
  const columns = `id, round(extract(epoch from played_at) * 1000)::float8 as at, ms_played as ms, track_id as track,
    'name:' || named as named, whole_minute as "wholeMinute", broken_off as "brokenOff", sequence::float8 as sequence, source, artist`;
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
