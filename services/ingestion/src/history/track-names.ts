import type { EntityManager } from '@mikro-orm/postgresql';
import type { PlayedTrack } from '@undertone/contracts/listening/history';
import { namesForPerson } from '../tracks/names-for-person.js';

export type TrackNames = Pick<PlayedTrack, 'name' | 'artists' | 'album' | 'named_by'>;

/** Of a track that nobody named. */
export const unnamed: TrackNames = { name: null, artists: [], album: null, named_by: null };

/** What a person is shown as the names of these tracks, by id. */
export async function trackNames(
  em: EntityManager,
  userId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, TrackNames>> {
  const rows: ({ id: string; from_export: boolean } & Omit<TrackNames, 'named_by'>)[] = await em.execute(
    `with asked as (select distinct jsonb_array_elements_text(?::jsonb) as track_id)
     ${namesForPerson('asked', '?')}`,
    [JSON.stringify(ids), userId],
  );
  return new Map(
    rows.map(({ id, from_export, ...names }) => [
      id,
      { ...names, named_by: from_export ? 'export' : 'provider' },
    ]),
  );
}
