import type { EntityManager } from '@mikro-orm/postgresql';
import type { ImportReport } from '@undertone/contracts/listening/import';
import type { ExportPlay } from './export-plays.js';
import { minuteKey } from './minute-key.js';
import { artistKey } from './track-key.js';

/**
 * Keeps plays of an export, in the place of what account data knew of the same ones, and the names of their tracks, where a provider has not given better
 * ones.
 */
export async function insertPlays(
  em: EntityManager,
  { user_id: userId, imported_at: importedAt }: Pick<ImportReport, 'user_id' | 'imported_at'>,
  sequence: number,
  plays: readonly ExportPlay[],
): Promise<void> {
  const artistIds = new Map(
    [...new Set(plays.map(({ artist }) => artist))].map((name) => [name, artistKey(name)]),
  );
  const artistId = (name: string) => artistIds.get(name) ?? artistKey(name);
  const rows = plays.map((play) => ({
    id: play.id,
    played_at: play.played_at,
    track_id: play.track_id,
    ms_played: play.ms_played,
    whole_minute: play.whole_minute ?? false,
    artist: artistId(play.artist).replace('name:', ''),
    minute_key: minuteKey(userId, {
      endedAt: new Date(play.played_at),
      artist: play.artist,
      track: play.track,
      msPlayed: play.ms_played,
    }),
  }));
  const exact = rows.filter(({ whole_minute }) => !whole_minute).map(({ minute_key }) => minute_key);
  await em.execute(
    `delete from play where whole_minute and minute_key in (select jsonb_array_elements_text(?::jsonb)::uuid)`,
    [JSON.stringify(exact)],
  );
  await em.execute(
    `insert into play (id, user_id, played_at, track_id, ms_played, source, minute_key, whole_minute, artist, sequence)
     select id, ?, played_at, track_id, ms_played, 'export', minute_key, whole_minute, artist, ?
       from jsonb_to_recordset(?::jsonb)
         as r(id uuid, played_at timestamptz, track_id text, ms_played int, minute_key uuid, whole_minute boolean,
              artist uuid)
     on conflict do nothing`,
    [userId, sequence, JSON.stringify(rows)],
  );
  const tracks = new Map(
    plays.map(({ track_id: id, track, artist, album }) => [
      id,
      { id, name: track, artists: [{ id: artistId(artist), name: artist }], album },
    ]),
  );
  const artists = [...artistIds].map(([name, id]) => ({ id, name })).sort((a, b) => (a.id < b.id ? -1 : 1));
  await em.execute(
    `insert into artist (id, name, genres, updated_at)
     select id, name, null, ? from jsonb_to_recordset(?::jsonb) as r(id text, name text)
     on conflict do nothing`,
    [importedAt, JSON.stringify(artists)],
  );
  // In one order everywhere, so that two that keep the same tracks do not lock each other out.
  const ordered = [...tracks.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  await em.execute(
    `insert into track (id, name, artists, album, duration_ms, from_export, updated_at)
     select id, name, artists, album, null, true, ?
       from jsonb_to_recordset(?::jsonb) as r(id text, name text, artists jsonb, album text)
     on conflict do nothing`,
    [importedAt, JSON.stringify(ordered)],
  );
}
