import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ingestionSettings } from '../settings.js';
import { SpotifyClient } from './spotify-client.js';

const TOKEN = 'a-token';
const track = (id: string) => ({ id, name: `name of ${id}` });
const signal = new AbortController().signal;

describe('Spotify’s pages', () => {
  let pages: Record<string, (origin: string) => object>;
  let asked: { url: string; authorization: string | undefined }[];
  const server = createServer((request, response) => {
    asked.push({ url: request.url ?? '', authorization: request.headers.authorization });
    const offset = new URL(request.url ?? '', 'http://here').searchParams.get('offset') ?? '0';
    const page = pages[offset]?.(`http://${request.headers.host}`);
    response.writeHead(page ? 200 : 404).end(JSON.stringify(page ?? {}));
  });
  let client: SpotifyClient;

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const settings = ingestionSettings.parse({
      NATS_URL: 'nats://127.0.0.1:4222',
      REDIS_URL: 'redis://127.0.0.1:6379',
      DATABASE_URL: 'postgres://127.0.0.1/none',
      SPOTIFY_MODE: 'spotify',
      SPOTIFY_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    });
    client = new SpotifyClient(settings, { pass: (call) => call(), reserve: async () => undefined });
  });
  beforeEach(() => {
    asked = [];
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const topTracks = async () => (await client.topTracks('short_term', null, TOKEN, signal))?.items ?? [];
  const next = (offset: number) => (origin: string) => `${origin}/v1/me/top/tracks?offset=${offset}`;

  it('are followed to their end, in order', async () => {
    pages = {
      0: (origin) => ({ items: [track('a'), track('b')], next: next(2)(origin), total: 3 }),
      2: () => ({ items: [track('c')], next: null, total: 3 }),
    };
    const tracks = await topTracks();
    expect(tracks.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    expect(asked[0]?.url).toBe('/v1/me/top/tracks?time_range=short_term&limit=50');
    expect(asked.every(({ authorization }) => authorization === `Bearer ${TOKEN}`)).toBe(true);
  });

  it.each([
    ['another host', () => 'https://elsewhere.example/v1/me/top/tracks'],
    ['another port', (origin: string) => origin.replace(/\d+$/, '1')],
    ['another scheme', (origin: string) => origin.replace('http:', 'https:')],
    ['a host that looks like it', (origin: string) => `http://api@elsewhere.example/?${origin}`],
  ])('are not followed to %s', async (_, elsewhere) => {
    pages = { 0: (origin) => ({ items: [track('a')], next: elsewhere(origin), total: 2 }) };
    await expect(topTracks()).rejects.toMatchObject({
      name: 'PermanentJobError',
      code: 'PAGE_ELSEWHERE',
    });
    expect(asked).toHaveLength(1);
  });

  it('end somewhere, even when they name each other for ever', async () => {
    pages = { 0: (origin) => ({ items: [track('a')], next: next(0)(origin), total: 1 }) };
    expect((await topTracks()).length).toBe(asked.length);
    expect(asked.length).toBeLessThanOrEqual(40);
  });

  it('may lack every field that Spotify withdrew', async () => {
    pages = { 0: () => ({ items: [track('a')], next: null, total: 1 }) };
    expect(await topTracks()).toEqual([{ id: 'a', name: 'name of a', artists: [] }]);
  });

  it('leave out what has no id: local files, and tracks that are gone', async () => {
    const local = { id: null, name: 'a file of mine', artists: [{ id: null, name: 'me' }] };
    pages = { 0: () => ({ items: [track('a'), local, null, track('b')], next: null, total: 4 }) };
    const tracks = await topTracks();
    expect(tracks.map(({ id }) => id)).toEqual(['a', 'b']);
  });
});
