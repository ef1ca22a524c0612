import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { artistKey } from '../play-keys/track-key.js';

/** A provider's id of an artist, by the key that an export's artist of that name has. */
export const sameArtists = z.record(z.string(), z.string());
export type ArtistsByName = z.output<typeof sameArtists>;

/**
 * Which artist of a provider is meant by an artist of an export, of whom there is the name alone: the one of that
 * name among those the person ever played. Where two bear it, nobody knows, and the name stays apart.
 */
export async function artistsByName(em: EntityManager, userId: string): Promise<ArtistsByName> {
  const artists: { id: string; name: string }[] = await em.execute(
    `select distinct artist.id, artist.name
       from (select distinct track_id from play where user_id = ?) as played
       join track on track.id = played.track_id
      cross join lateral jsonb_to_recordset(track.artists) as artist(id text, name text)`,
    [userId],
  );
  const byName = Map.groupBy(artists, ({ name }) => artistKey(name));
  const pairs = [...byName].map(([key, of]) => [key, new Set(of.map(({ id }) => id))] as const);
  return Object.fromEntries(
    pairs.flatMap(([key, ids]) => (ids.size === 1 ? [...ids].map((id) => [key, id]) : [])),
  );
}
