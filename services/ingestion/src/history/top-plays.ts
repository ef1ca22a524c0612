import type { EntityManager } from '@mikro-orm/postgresql';
import type { TopEntry, TopKind, TopQuestion } from '@undertone/contracts/listening/top';
import { namesForPerson } from '../tracks/names-for-person.js';
import type { AlbumsByName } from './albums-by-name.js';
import type { ArtistsByName } from './artists-by-name.js';
import { momentsOf } from './calendar.js';

/** What one page of a top is read from. */
export interface RankedRow extends Pick<TopEntry, 'rank' | 'id' | 'plays' | 'ms_played'> {
  /** Plays whose length is known. */
  readonly timed: number;
  /** What it is sorted by. */
  readonly value: number;
  readonly name: string | null;
  readonly artists: TopEntry['artists'];
  readonly named_by: TopEntry['named_by'];
}

/** See `artistsByName` and `albumsByName`. */
export interface SameNames {
  readonly artists: ArtistsByName;
  readonly albums: AlbumsByName;
}

/**
 * The entries of a person's top after a given one, most first; equal ones in the order of their ids.
 * Plays are counted by track first, whatever is asked for: names are looked up once a track, not once a play.
 * @param same of artists and albums; tops of tracks need none.
 */
export async function topPlays(
  em: EntityManager,
  question: TopQuestion,
  same: SameNames,
  after: readonly [value: number, id: string] | undefined,
  limit: number,
): Promise<RankedRow[]> {
  const { since, until } = momentsOf(question, question.time_zone);
  const value = question.by === 'count' ? 'plays' : 'coalesce(ms, -1)';
  return em.execute(
    `with played as (
       select track_id, count(*) as plays, count(ms_played) as timed, sum(ms_played) as ms
         from play
        where user_id = ?
          and played_at >= coalesce(?::timestamptz, '-infinity') and played_at < coalesce(?::timestamptz, 'infinity')
        group by track_id
     ), same_artist as materialized (
       select by_name, id from jsonb_each_text(?::jsonb) as pair(by_name, id)
     ), same_album as materialized (
       select spelling, name from jsonb_each_text(?::jsonb) as pair(spelling, name)
     ), named as (${namesForPerson('played', '?')}
     ), ${entriesOf[question.kind]}, ranked as (
       select *, ${value} as value, rank() over (order by ${value} desc) as rank from entry
     )
     select rank::int, id, name, artists, named_by, plays::int, timed::int,
            ms::double precision as ms_played, value::double precision
       from ranked
      where ?::numeric is null or value < ?::numeric or (value = ?::numeric and id collate "C" > ?)
      order by value desc, id collate "C"
      limit ?`,
    [
      question.user_id,
      since ?? null,
      until ?? null,
      JSON.stringify(same.artists),
      JSON.stringify(same.albums),
      question.user_id,
      after?.[0] ?? null,
      after?.[0] ?? null,
      after?.[0] ?? null,
      after?.[1] ?? null,
      limit,
    ],
  );
}

const artists = `entry as (
    select coalesce(same_artist.id, artist.id) as id,
           (array_agg(artist.name order by same_artist.id is not null, artist.name))[1] as name,
           '[]'::jsonb as artists,
           case when bool_and(artist.id like 'name:%') then 'export' else 'provider' end as named_by,
           sum(plays) as plays, sum(timed) as timed, sum(ms) as ms
      from played join named as track on track.id = played.track_id
     cross join lateral jsonb_to_recordset(track.artists) as artist(id text, name text)
      left join same_artist on same_artist.by_name = artist.id
     group by 1
  )`;

/** Nobody tells ids of albums: one is known by its name, in whatever spelling, and by the first artist of its tracks. */
const albums = `entry as (
    select 'album:' || md5(coalesce(same_album.name, track.album) || chr(31) || coalesce(same_artist.id, track.artists->0->>'id', '')) as id,
           (array_agg(track.album order by plays desc, track.album collate "C" desc))[1] as name,
           coalesce((array_agg(jsonb_build_array(track.artists->0) order by from_export, track.id)
             filter (where jsonb_array_length(track.artists) > 0))[1], '[]') as artists,
           case when bool_and(from_export) then 'export' else 'provider' end as named_by,
           sum(plays) as plays, sum(timed) as timed, sum(ms) as ms
      from played join named as track on track.id = played.track_id
      left join same_album on same_album.spelling = track.album
      left join same_artist on same_artist.by_name = track.artists->0->>'id'
     where track.album is not null
     group by 1
  )`;

/** Names of tracks are looked up afterwards, for one page. */
const tracks = `entry as (
    select track_id as id, null as name, '[]'::jsonb as artists, null as named_by, plays, timed, ms from played
  )`;

const entriesOf: Record<TopKind, string> = { artists, albums, tracks };
