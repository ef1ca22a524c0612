import type { EntityManager } from '@mikro-orm/postgresql';
import type { ExportPlay } from './export-plays.js';
import { artistKey } from './track-key.js';

/** Keeps plays of an export and the names of their tracks, where a provider has not given better ones. */
export async function insertPlays(
  em: EntityManager,
  userId: string,
  importedAt: string,
  plays: readonly ExportPlay[],
): Promise<void> {
  await em.execute(
    `insert into play (id, user_id, played_at, track_id, ms_played, source)
     select id, ?, played_at, track_id, ms_played, 'export'
       from jsonb_to_recordset(?::jsonb) as r(id uuid, played_at timestamptz, track_id text, ms_played int)
     on conflict do nothing`,
    [userId, JSON.stringify(plays)],
  );
  const tracks = new Map(
    plays.map(({ track_id: id, track, artist, album }) => [
      id,
      { id, name: track, artists: [{ id: artistKey(artist), name: artist }], album },
    ]),
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
