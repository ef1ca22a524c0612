import type { EntityManager } from '@mikro-orm/postgresql';
import type { PlayedTrack } from '@undertone/contracts/listening/history';
import { Track } from '../tracks/track.entity.js';

export type TrackNames = Pick<PlayedTrack, 'name' | 'artists' | 'album' | 'named_by'>;

/** Of a track that the catalogue does not have. */
export const unnamed: TrackNames = { name: null, artists: [], album: null, named_by: null };

/** What the catalogue calls these tracks, by id. */
export async function trackNames(
  em: EntityManager,
  ids: readonly string[],
): Promise<ReadonlyMap<string, TrackNames>> {
  const tracks = await em.find(Track, { id: { $in: [...new Set(ids)] } });
  return new Map(
    tracks.map(({ id, name, artists, album, fromExport }) => [
      id,
      { name, artists, album: album ?? null, named_by: fromExport ? 'export' : 'provider' },
    ]),
  );
}
