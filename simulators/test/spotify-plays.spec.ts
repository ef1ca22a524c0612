import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type SpotifySimulator, startSpotifySimulator } from '../src/spotify/server.js';
import { getAs, jsonAs, recentlyPlayed } from './spotify-client.js';

const NOW = new Date('2026-11-20T15:00:00Z');
const HOUR_MS = 3_600_000;

let simulator: SpotifySimulator;
beforeAll(async () => {
  simulator = await startSpotifySimulator({ now: NOW });
});
afterAll(() => simulator.close());

const recent = (user: string, query = 'limit=50') =>
  jsonAs(user, `${simulator.url}/v1/me/player/recently-played?${query}`, recentlyPlayed);
const times = ({ items }: z.infer<typeof recentlyPlayed>) =>
  items.map(({ played_at }) => Date.parse(played_at));

describe('recently played', () => {
  it('is 50 plays, newest first, none from the future, no two at one time', async () => {
    const plays = times(await recent('ada'));
    expect(plays).toHaveLength(50);
    expect(plays).toEqual([...new Set(plays)].sort((a, b) => b - a));
    expect(plays[0]).toBeLessThanOrEqual(NOW.getTime());
  });

  it('pages back by before until nothing is left, then has neither next nor cursors', async () => {
    const all = times(await recent('ada'));
    const collected: number[] = [];
    let next: string | null = `${simulator.url}/v1/me/player/recently-played?limit=20`;
    while (next !== null) {
      const page: z.infer<typeof recentlyPlayed> = await jsonAs('ada', next, recentlyPlayed);
      collected.push(...times(page));
      expect(page.cursors?.before).toBe(String(collected.at(-1)));
      next = page.next;
    }
    expect(collected).toEqual(all);
    const beyond = await recent('ada', `before=${all.at(-1)}`);
    expect(beyond).toMatchObject({ items: [], next: null, cursors: null });
  });

  it('excludes the cursor itself, both ways', async () => {
    const all = times(await recent('ada'));
    const middle = all[20] ?? 0;
    expect(times(await recent('ada', `limit=50&after=${middle}`))).toEqual(all.slice(0, 20));
    expect(times(await recent('ada', `limit=50&before=${middle}`))).toEqual(all.slice(21));
    expect((await recent('ada', `after=${all[0]}`)).items).toEqual([]);
  });

  it('refuses both cursors at once and limits that are out of range', async () => {
    for (const query of ['after=1&before=2', 'limit=0', 'limit=51', 'after=x']) {
      expect((await getAs('ada', `${simulator.url}/v1/me/player/recently-played?${query}`)).status).toBe(400);
    }
  });

  it('grows: hourly polls overlap, and together they are the whole stream without a gap or a double', async () => {
    const start = NOW.getTime();
    const first = times(await recent('bo'));
    const collected = new Set(first);
    for (let hour = 0; hour < 72; hour += 1) {
      simulator.clock.advance(HOUR_MS);
      for (const time of times(await recent('bo'))) collected.add(time);
    }
    const end = simulator.clock.now();
    simulator.clock.set(NOW);
    const query = new URLSearchParams({ user: 'bo', to: new Date(end).toISOString() });
    query.set('from', new Date((first.at(-1) ?? start) - 1).toISOString());
    const response = await fetch(`${simulator.url}/_control/plays?${query}`);
    const truth = z
      .object({ plays: z.array(z.object({ played_at: z.string() })) })
      .parse(await response.json());
    expect([...collected].sort((a, b) => a - b)).toEqual(
      truth.plays.map(({ played_at }) => Date.parse(played_at)),
    );
    expect(collected.size).toBeGreaterThan(60);
  });

  it('is the same in another process and different for another user', async () => {
    const other = await startSpotifySimulator({ now: NOW });
    const ada = await jsonAs('ada', `${other.url}/v1/me/player/recently-played?limit=50`, recentlyPlayed);
    await other.close();
    expect(times(ada)).toEqual(times(await recent('ada')));
    expect(times(ada)).not.toEqual(times(await recent('bo')));
  });

  it('never plays two tracks at once: each play takes 30 seconds or more', () => {
    const plays = simulator.plays.between('ada', NOW.getTime() - 30 * 24 * HOUR_MS, NOW.getTime());
    const gaps = plays.slice(1).map((play, index) => play.playedAt - (plays[index]?.playedAt ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(30_000);
    expect(plays.some(({ context }) => context === undefined)).toBe(true);
  });
});
