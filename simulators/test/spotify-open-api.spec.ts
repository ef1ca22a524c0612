import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SpotifySimulator, startSpotifySimulator } from '../src/spotify/server.js';
import { OpenApiSchemas } from './open-api-schemas.js';
import { getAs, jsonAs, recentlyPlayed, topPage } from './spotify-client.js';

const DOCUMENT = fileURLToPath(new URL('../../../shared/data/spotify-web-api.openapi.yml', import.meta.url));

/** Where the real service answers null and the document does not say so (seen in clients' bug reports, checked 2026-11). */
const NULL_IN_LIFE = ['CursorPagingObject.next', 'CursorPagingObject.cursors', 'PlayHistoryObject.context'];

/** Deprecated, yet still required by the document. */
const STILL_REQUIRED = /album\.available_markets$/;

const NOW = new Date('2026-11-20T15:00:00Z');
let simulator: SpotifySimulator;
let legacy: SpotifySimulator;
beforeAll(async () => {
  simulator = await startSpotifySimulator({ now: NOW });
  legacy = await startSpotifySimulator({ now: NOW, legacyFields: true, audioFeatures: true });
});
afterAll(() => Promise.all([simulator.close(), legacy.close()]));

const trackId = () => simulator.catalogue.tracks[3]?.id ?? '';
const ANSWERS: readonly (readonly [string, string, () => string])[] = [
  ['/me', 'OnePrivateUser', () => '/v1/me'],
  ['/me/top/tracks', 'PagingTrackObject', () => '/v1/me/top/tracks?limit=50'],
  ['/me/top/tracks, last page', 'PagingTrackObject', () => '/v1/me/top/tracks?limit=20&offset=40'],
  ['/me/top/artists', 'PagingArtistObject', () => '/v1/me/top/artists?limit=50'],
  ['/me/player/recently-played', 'CursorPagedPlayHistory', () => '/v1/me/player/recently-played?limit=30'],
  [
    '/me/player/recently-played, empty',
    'CursorPagedPlayHistory',
    () => '/v1/me/player/recently-played?before=1',
  ],
  ['/tracks/{id}', 'OneTrack', () => `/v1/tracks/${trackId()}`],
  ['/artists/{id}', 'OneArtist', () => `/v1/artists/${simulator.catalogue.artists[3]?.id}`],
];
const LEGACY_ANSWERS: typeof ANSWERS = [
  ...ANSWERS,
  ['/audio-features', 'ManyAudioFeatures', () => `/v1/audio-features?ids=${trackId()}`],
  ['/audio-features/{id}', 'OneAudioFeatures', () => `/v1/audio-features/${trackId()}`],
];

if (existsSync(DOCUMENT)) {
  describe("against Spotify's OpenAPI document", () => {
    const schemas = new OpenApiSchemas(DOCUMENT, NULL_IN_LIFE);

    it.each(ANSWERS)('%s conforms, without deprecated or unknown fields', async (_name, response, path) => {
      const body: unknown = await (await getAs('ada', simulator.url + path())).json();
      const validate = schemas.response(response);
      validate(body);
      expect(validate.errors ?? []).toEqual([]);
      const { unknown, deprecated } = schemas.oddities(response, body);
      expect(unknown).toEqual([]);
      expect(deprecated.filter((field) => !STILL_REQUIRED.test(field))).toEqual([]);
    });

    it.each(LEGACY_ANSWERS)('%s conforms with the legacy fields too', async (_name, response, path) => {
      const body: unknown = await (await getAs('ada', legacy.url + path())).json();
      const validate = schemas.response(response);
      validate(body);
      expect(validate.errors ?? []).toEqual([]);
      expect(schemas.oddities(response, body).unknown).toEqual([]);
    });

    it.each([
      ['Unauthorized', '401'],
      ['Forbidden', '403'],
      ['TooManyRequests', '429'],
    ] as const)('an error %s conforms', async (response, kind) => {
      simulator.addFault({ route: '/v1/me', kind, times: 1 });
      const validate = schemas.response(response);
      validate(await (await getAs('ada', `${simulator.url}/v1/me`)).json());
      expect(validate.errors ?? []).toEqual([]);
    });

    it('the check itself finds a wrong type, a missing field and an unknown one', () => {
      const validate = schemas.response('PagingTrackObject');
      expect(validate({ items: [{ duration_ms: 'long' }] })).toBe(false);
      expect(schemas.oddities('OneTrack', { nme: 'x', preview_url: null })).toEqual({
        unknown: ['nme'],
        deprecated: ['preview_url'],
      });
    });
  });
} else {
  describe("Spotify's OpenAPI document is absent here; answers were checked against the fields used only", () => {
    it('top tracks and recently played parse', async () => {
      expect((await jsonAs('ada', `${simulator.url}/v1/me/top/tracks`, topPage)).items).toHaveLength(20);
      const plays = await jsonAs('ada', `${simulator.url}/v1/me/player/recently-played`, recentlyPlayed);
      expect(plays.items).toHaveLength(20);
    });
  });
}
