import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { derivedUuid } from '../random.js';
import type { AudioFeatures, Catalogue, CatalogueTrack } from './catalogue/catalogue.js';
import { SpotifyError } from './errors.js';

const IDS_A_CALL = 40;

const idsQuery = z.object({ ids: z.union([z.string(), z.array(z.string())]) });

function featuresObject(track: CatalogueTrack, features: AudioFeatures) {
  return {
    id: derivedUuid('reccobeats track', track.id),
    href: `https://open.spotify.com/track/${track.id}`,
    ...(track.isrc === undefined ? {} : { isrc: track.isrc }),
    ...features,
  };
}

/**
 * ReccoBeats under `/reccobeats` (its `/v1/audio-features` would collide with Spotify's): no key, 40 ids a call at most,
 * unknown tracks left out, an answer in no promised order, to be matched by the last part of `href` (ReccoBeats
 * documentation, checked 2026-11).
 */
export function registerReccoBeatsRoutes(app: FastifyInstance, catalogue: Catalogue): void {
  app.get('/reccobeats/v1/audio-features', async (request) => {
    const query = idsQuery.safeParse(request.query);
    const ids = query.success ? [query.data.ids].flat().flatMap((part) => part.split(',')) : [];
    if (ids.length === 0 || ids.some((id) => id === '')) throw new SpotifyError(400, 'ids is required');
    if (ids.length > IDS_A_CALL) throw new SpotifyError(400, `ids size must be between 1 and ${IDS_A_CALL}`);
    const known = [...new Set(ids)].flatMap((id) => {
      const track = catalogue.trackById.get(id);
      return track?.features && track.inReccoBeats ? [featuresObject(track, track.features)] : [];
    });
    // Sorted by their own id, so that a client that relies on the order of its question fails here and not in life.
    return { content: known.sort((a, b) => a.id.localeCompare(b.id)) };
  });
}
