import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Catalogue } from './catalogue/catalogue.js';
import { SpotifyError } from './errors.js';
import type { RouteContext } from './options.js';
import { type Play, type PlayStream, RECENT_PLAYS } from './plays.js';
import {
  artistObject,
  playObject,
  type Shape,
  spotifyFeaturesObject,
  trackObject,
  userObject,
} from './representation.js';
import { rankedArtists, rankedTracks, TIME_RANGES } from './taste.js';

const FAVOURITES = 50;

const topQuery = z.object({
  time_range: z.enum(TIME_RANGES).default('medium_term'),
  limit: z.coerce.number().int().min(1).max(50).default(20),
  offset: z.coerce.number().int().min(0).default(0),
});

const recentQuery = z
  .object({
    limit: z.coerce.number().int().min(1).max(50).default(20),
    after: z.coerce.number().int().min(0).optional(),
    before: z.coerce.number().int().min(0).optional(),
  })
  .refine(({ after, before }) => after === undefined || before === undefined, { path: ['after'] });

const spotifyId = z.string().regex(/^[0-9A-Za-z]{22}$/);

/** Endpoints that new apps no longer get (Spotify Web API changes of 2024-11 and 2026-02, checked 2026-11). */
const WITHDRAWN = ['/v1/tracks', '/v1/artists', '/v1/recommendations', '/v1/audio-analysis/:id'];

interface WebApiContext extends RouteContext {
  readonly catalogue: Catalogue;
  readonly plays: PlayStream;
  /** The signed-in user; throws the 401 that Spotify gives where there is none. */
  readonly requireUser: (request: FastifyRequest) => string;
}

function parseOr400<Output>(schema: z.ZodType<Output>, value: unknown): Output {
  const parsed = schema.safeParse(value);
  if (!parsed.success)
    throw new SpotifyError(400, `Invalid ${parsed.error.issues[0]?.path.join('.') || 'id'}`);
  return parsed.data;
}

function page<Item>(
  items: readonly Item[],
  base: string,
  query: z.infer<typeof topQuery>,
  show: (item: Item) => object,
) {
  const { limit, offset, time_range } = query;
  const at = (start: number) => `${base}?offset=${start}&limit=${limit}&time_range=${time_range}`;
  return {
    items: items.slice(offset, offset + limit).map(show),
    total: items.length,
    limit,
    offset,
    href: at(offset),
    next: offset + limit < items.length ? at(offset + limit) : null,
    previous: offset > 0 ? at(Math.max(0, offset - limit)) : null,
  };
}

/**
 * The newest plays between the cursors, newest first. An empty answer has `cursors: null`, the last one `next: null`, as
 * the service really answers (its reference does not say so; checked 2026-11).
 */
function recentPage(window: readonly Play[], base: string, query: z.infer<typeof recentQuery>, shape: Shape) {
  const { limit, after, before } = query;
  const matching = window.filter(
    ({ playedAt }) => playedAt > (after ?? 0) && playedAt < (before ?? Number.POSITIVE_INFINITY),
  );
  const plays = matching.slice(0, limit);
  const newest = plays[0];
  const oldest = plays.at(-1);
  const cursor = after !== undefined ? `&after=${after}` : before !== undefined ? `&before=${before}` : '';
  return {
    items: plays.map((play) => playObject(shape, play)),
    next:
      oldest && matching.length > plays.length ? `${base}?before=${oldest.playedAt}&limit=${limit}` : null,
    cursors: newest && oldest ? { after: String(newest.playedAt), before: String(oldest.playedAt) } : null,
    limit,
    href: `${base}?limit=${limit}${cursor}`,
  };
}

/** The Web API under `/v1` (Spotify Web API reference, checked 2026-11). */
export function registerWebApiRoutes(
  app: FastifyInstance,
  { catalogue, plays, options, clock, requireUser }: WebApiContext,
): void {
  const shapeFor = (request: FastifyRequest): Shape => ({
    origin: `${request.protocol}://${request.host}`,
    legacyFields: options.legacyFields,
  });
  const listLength = options.top === 'all' ? Number.POSITIVE_INFINITY : FAVOURITES;

  app.get('/v1/me', async (request) => userObject(shapeFor(request), requireUser(request)));

  app.get('/v1/me/top/tracks', async (request) => {
    const user = requireUser(request);
    const shape = shapeFor(request);
    const query = parseOr400(topQuery, request.query);
    const tracks = rankedTracks(catalogue, user, query.time_range, clock.now()).slice(0, listLength);
    return page(tracks, `${shape.origin}/v1/me/top/tracks`, query, (track) => trackObject(shape, track));
  });

  app.get('/v1/me/top/artists', async (request) => {
    const user = requireUser(request);
    const shape = shapeFor(request);
    const query = parseOr400(topQuery, request.query);
    const artists = rankedArtists(catalogue, user, query.time_range, clock.now()).slice(0, listLength);
    return page(artists, `${shape.origin}/v1/me/top/artists`, query, (artist) => artistObject(shape, artist));
  });

  app.get('/v1/me/player/recently-played', async (request) => {
    const user = requireUser(request);
    const shape = shapeFor(request);
    const query = parseOr400(recentQuery, request.query);
    const window = plays.recent(user, clock.now()).slice(0, RECENT_PLAYS);
    return recentPage(window, `${shape.origin}/v1/me/player/recently-played`, query, shape);
  });

  app.get<{ Params: { id: string } }>('/v1/tracks/:id', async (request) => {
    requireUser(request);
    const track = catalogue.trackById.get(parseOr400(spotifyId, request.params.id));
    if (!track) throw new SpotifyError(404, 'Resource not found');
    return trackObject(shapeFor(request), track);
  });

  app.get<{ Params: { id: string } }>('/v1/artists/:id', async (request) => {
    requireUser(request);
    const artist = catalogue.artistById.get(parseOr400(spotifyId, request.params.id));
    if (!artist) throw new SpotifyError(404, 'Resource not found');
    return artistObject(shapeFor(request), artist);
  });

  const requireAudioFeatures = () => {
    if (!options.audioFeatures) throw new SpotifyError(403, 'Forbidden');
  };

  app.get<{ Params: { id: string } }>('/v1/audio-features/:id', async (request) => {
    requireUser(request);
    requireAudioFeatures();
    const track = catalogue.trackById.get(parseOr400(spotifyId, request.params.id));
    if (!track?.features) throw new SpotifyError(404, 'analysis not found');
    return spotifyFeaturesObject(shapeFor(request), track, track.features);
  });

  app.get('/v1/audio-features', async (request) => {
    requireUser(request);
    requireAudioFeatures();
    const { ids } = parseOr400(z.object({ ids: z.string().min(1) }), request.query);
    const list = parseOr400(z.array(spotifyId).max(100), ids.split(','));
    const shape = shapeFor(request);
    return {
      audio_features: list.map((id) => {
        const track = catalogue.trackById.get(id);
        return track?.features ? spotifyFeaturesObject(shape, track, track.features) : null;
      }),
    };
  });

  for (const path of WITHDRAWN) {
    app.get(path, async (request) => {
      requireUser(request);
      throw new SpotifyError(403, 'Forbidden');
    });
  }
}
