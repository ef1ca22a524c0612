import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { folded } from '../play-keys/track-key.js';
import { namesForPerson } from '../tracks/names-for-person.js';

/** One spelling of an album, by each of those that a person's tracks have of it; an album of one spelling is not there. */
export const sameAlbums = z.record(z.string(), z.string());
export type AlbumsByName = z.output<typeof sameAlbums>;

/** Which names are one album's: case, width, spaces at the ends and the form of Unicode make no other, as of artists. */
export async function albumsByName(em: EntityManager, userId: string): Promise<AlbumsByName> {
  const rows: { album: string }[] = await em.execute(
    `select distinct album
       from (${namesForPerson('(select distinct track_id from play where user_id = ?)', '?')}) as named
      where album is not null`,
    [userId, userId],
  );
  const spellings = Map.groupBy(
    rows.map(({ album }) => album),
    folded,
  );
  const several = [...spellings.values()].filter(({ length }) => length > 1);
  return Object.fromEntries(
    several.flatMap((names) => {
      const [first = ''] = names.toSorted();
      return names.map((name) => [name, first]);
    }),
  );
}
