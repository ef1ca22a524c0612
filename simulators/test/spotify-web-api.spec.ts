import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type SpotifySimulator, startSpotifySimulator } from '../src/spotify/server.js';
import { getAs, jsonAs, topPage, webApiError } from './spotify-client.js';

const NOW = new Date('2026-11-20T15:00:00Z');
const DAY_MS = 86_400_000;

let simulator: SpotifySimulator;
beforeAll(async () => {
  simulator = await startSpotifySimulator({ now: NOW });
});
afterAll(() => simulator.close());

async function topIds(user: string, range: string, from = simulator): Promise<string[]> {
  const page = await jsonAs(user, `${from.url}/v1/me/top/tracks?time_range=${range}&limit=50`, topPage);
  return page.items.map(({ id }) => id);
}

function shared(first: readonly string[], second: readonly string[]): number {
  return first.filter((id) => second.includes(id)).length;
}

describe('top lists', () => {
  it('are the same in another process for the same user, range and day', async () => {
    const other = await startSpotifySimulator({ now: new Date(NOW.getTime() + 3_600_000) });
    expect(await topIds('ada', 'short_term', other)).toEqual(await topIds('ada', 'short_term'));
    await other.close();
  });

  it('differ by user and by range, and hold 50 different tracks', async () => {
    const lists = [
      await topIds('ada', 'short_term'),
      await topIds('ada', 'long_term'),
      await topIds('bo', 'short_term'),
    ];
    for (const list of lists) expect(new Set(list).size).toBe(50);
    expect(new Set(lists.map((list) => list.join())).size).toBe(3);
  });

  it('drift slowly: little in a day, much in two months', async () => {
    const today = await topIds('ada', 'short_term');
    simulator.clock.advance(DAY_MS);
    const tomorrow = await topIds('ada', 'short_term');
    simulator.clock.advance(60 * DAY_MS);
    const later = await topIds('ada', 'short_term');
    simulator.clock.set(NOW);
    expect(shared(today, tomorrow)).toBeGreaterThanOrEqual(44);
    expect(shared(today, later)).toBeLessThan(shared(today, tomorrow));
    expect(later).not.toEqual(today);
  });

  it.each(['tracks', 'artists'])('page through %s by next and previous, on their own host', async (kind) => {
    const whole = await jsonAs('ada', `${simulator.url}/v1/me/top/${kind}?limit=50`, topPage);
    const collected: string[] = [];
    let next: string | null = `${simulator.url}/v1/me/top/${kind}?limit=20`;
    let last: z.infer<typeof topPage> | undefined;
    while (next !== null) {
      expect(next.startsWith(`${simulator.url}/v1/`)).toBe(true);
      last = await jsonAs('ada', next, topPage);
      collected.push(...last.items.map(({ id }) => id));
      next = last.next;
    }
    expect(collected).toEqual(whole.items.map(({ id }) => id));
    expect(last).toMatchObject({ total: 50, offset: 40, limit: 20 });
    expect(last?.previous).toContain('offset=20');
  });

  it.each(['limit=0', 'limit=51', 'limit=x', 'offset=-1', 'time_range=forever'])(
    'refuse %s',
    async (query) => {
      const response = await getAs('ada', `${simulator.url}/v1/me/top/tracks?${query}`);
      expect(response.status).toBe(400);
      expect(webApiError.parse(await response.json()).error.status).toBe(400);
    },
  );
});

describe('the shape for new apps in 2026', () => {
  const withdrawn = ['genres', 'popularity', 'followers', 'preview_url', 'email', 'country', 'product'];
  const seen = async (from: SpotifySimulator) => {
    const bodies = await Promise.all(
      ['/v1/me', '/v1/me/top/tracks', '/v1/me/top/artists'].map((path) =>
        getAs('ada', from.url + path).then((r) => r.text()),
      ),
    );
    return withdrawn.filter((field) => bodies.some((body) => body.includes(`"${field}":`)));
  };

  it('lacks the withdrawn fields, which a flag brings back', async () => {
    const legacy = await startSpotifySimulator({ now: NOW, legacyFields: true });
    expect(await seen(simulator)).toEqual([]);
    expect(await seen(legacy)).toEqual(withdrawn);
    await legacy.close();
  });

  it.each(['/v1/tracks?ids=a', '/v1/artists?ids=a', '/v1/recommendations', '/v1/audio-features?ids=a'])(
    'refuses %s with 403',
    async (path) => {
      expect((await getAs('ada', simulator.url + path)).status).toBe(403);
    },
  );

  it('answers audio features with a flag, null for what it does not know', async () => {
    const old = await startSpotifySimulator({ now: NOW, audioFeatures: true });
    const id = old.catalogue.tracks[0]?.id ?? '';
    const shape = z.object({ audio_features: z.array(z.looseObject({ id: z.string() }).nullable()) });
    const list = await jsonAs('ada', `${old.url}/v1/audio-features?ids=${id},${'x'.repeat(22)}`, shape);
    expect(list.audio_features.map((entry) => entry?.id)).toEqual([id, undefined]);
    expect((await getAs('ada', `${old.url}/v1/audio-features/${id}`)).status).toBe(200);
    expect((await getAs('ada', `${old.url}/v1/audio-features/${'x'.repeat(22)}`)).status).toBe(404);
    await old.close();
  });
});

describe('single calls', () => {
  it('give a track, 404 for an unknown one, 400 for what is no id', async () => {
    const track = simulator.catalogue.tracks[7];
    expect(await (await getAs('ada', `${simulator.url}/v1/tracks/${track?.id}`)).json()).toMatchObject({
      name: track?.name,
    });
    expect((await getAs('ada', `${simulator.url}/v1/tracks/${'x'.repeat(22)}`)).status).toBe(404);
    expect((await getAs('ada', `${simulator.url}/v1/tracks/nope`)).status).toBe(400);
  });

  it('refuse a missing bearer, and say who they are', async () => {
    const missing = await fetch(`${simulator.url}/v1/me`);
    expect(missing.status).toBe(401);
    const lost = await getAs('ada', `${simulator.url}/v1/lost`);
    expect(lost.status).toBe(404);
    for (const response of [missing, lost]) {
      expect(response.headers.get('x-undertone-simulator')).toBe('spotify');
      webApiError.parse(await response.json());
    }
  });
});

describe('ReccoBeats', () => {
  const answer = z.strictObject({
    content: z.array(
      z.looseObject({ id: z.uuid(), href: z.string(), valence: z.number(), tempo: z.number() }),
    ),
  });
  const ask = (ids: readonly string[]) =>
    fetch(`${simulator.url}/reccobeats/v1/audio-features?ids=${ids.join()}`);

  it('needs no key, leaves unknown tracks out and equals the catalogue', async () => {
    const asked = simulator.catalogue.tracks.slice(0, 39);
    const { content } = answer.parse(await (await ask([...asked.map(({ id }) => id), 'unknown'])).json());
    const known = asked.filter(({ inReccoBeats }) => inReccoBeats);
    const byId = new Map(content.map((entry) => [entry.href.split('/').at(-1), entry]));
    expect([...byId.keys()].sort()).toEqual(known.map(({ id }) => id).sort());
    for (const { id, features } of known) expect(byId.get(id)).toMatchObject({ ...features });
  });

  it('takes 40 ids and refuses 41 or none', async () => {
    const ids = simulator.catalogue.tracks.map(({ id }) => id);
    expect((await ask(ids.slice(0, 40))).status).toBe(200);
    expect((await ask(ids.slice(0, 41))).status).toBe(400);
    expect((await ask([])).status).toBe(400);
  });
});
