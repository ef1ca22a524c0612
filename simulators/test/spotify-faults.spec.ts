import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { RouteCalls } from '../src/control/call-log.js';
import { type SpotifySimulator, startSpotifySimulator } from '../src/spotify/server.js';
import { getAs, webApiError } from './spotify-client.js';

let simulator: SpotifySimulator;
beforeAll(async () => {
  simulator = await startSpotifySimulator({ now: new Date('2026-11-20T15:00:00Z') });
});
afterAll(() => simulator.close());
afterEach(() => {
  simulator.clearFaults();
  simulator.calls.reset();
});

const me = () => getAs('ada', `${simulator.url}/v1/me`);
const control = (method: string, path: string, body?: object) =>
  fetch(`${simulator.url}/_control/${path}`, {
    method,
    ...(body ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {}),
  });
const callsOf = (route: string): RouteCalls | undefined => simulator.calls.summary().routes[route];

describe('faults that answer', () => {
  it.each([
    ['401', {}, 401, undefined, null],
    ['403', {}, 403, undefined, null],
    ['insufficient_scope', {}, 403, undefined, null],
    ['429', { retryAfter: 86_400 }, 429, undefined, '86400'],
    ['quota', {}, 429, 'QUOTA_EXCEEDED', null],
    ['quota', { retryAfter: 30 }, 429, 'QUOTA_EXCEEDED', '30'],
    ['5xx', {}, 503, undefined, null],
    ['5xx', { status: 502 }, 502, undefined, null],
  ] as const)('%s %j', async (kind, extra, status, reason, retryAfter) => {
    expect((await control('POST', 'faults', { route: '/v1/me', kind, times: 1, ...extra })).status).toBe(201);
    const response = await me();
    expect(response.status).toBe(status);
    expect(response.headers.get('retry-after')).toBe(retryAfter);
    expect(response.headers.get('x-undertone-simulator')).toBe('spotify');
    const { error } = webApiError.parse(await response.json());
    expect([error.status, error.reason]).toEqual([status, reason]);
    expect((await me()).status).toBe(200);
  });

  it('speak the language of the service that was asked', async () => {
    simulator.addFault({ kind: '5xx' });
    const reccoBeats = await fetch(`${simulator.url}/reccobeats/v1/audio-features?ids=a`);
    expect(await reccoBeats.json()).toMatchObject({ status: 503, path: '/reccobeats/v1/audio-features' });
    const token = await fetch(`${simulator.url}/api/token`, { method: 'POST', body: new URLSearchParams() });
    expect(await token.json()).toEqual({ error: 'server_error', error_description: 'Service unavailable' });
  });
});

describe('faults of the connection', () => {
  it('malformed: 200 with cut JSON', async () => {
    simulator.addFault({ route: '/v1/me', kind: 'malformed', times: 1 });
    const response = await me();
    expect(response.status).toBe(200);
    const text = await response.text();
    expect(text.length).toBeGreaterThan(10);
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
  });

  it('slow: the right answer, late', async () => {
    simulator.addFault({ route: '/v1/me', kind: 'slow', ms: 120, times: 1 });
    const started = performance.now();
    expect((await me()).status).toBe(200);
    expect(performance.now() - started).toBeGreaterThanOrEqual(115);
  });

  it('hang: no answer at all, and closing the simulator ends it', async () => {
    const other = await startSpotifySimulator();
    other.addFault({ kind: 'hang' });
    const outcome = expect(getAs('ada', `${other.url}/v1/me`)).rejects.toThrow('fetch failed');
    await expect.poll(() => other.calls.summary().total).toBe(1);
    await other.close();
    await outcome;
  });

  it('reset: the connection closes without an answer', async () => {
    simulator.addFault({ route: '/v1/me', kind: 'reset', times: 1 });
    await expect(me()).rejects.toThrow('fetch failed');
    expect((await me()).status).toBe(200);
  });
});

describe('which calls a fault meets', () => {
  it('only its route, its user, after the skipped ones, so many times', async () => {
    simulator.addFault({ route: '/v1/me/top/*', user: 'ada', kind: '5xx', skip: 1, times: 2 });
    const top = async (user: string) =>
      (await getAs(user, `${simulator.url}/v1/me/top/tracks?limit=1`)).status;
    expect((await me()).status).toBe(200);
    expect([await top('bo'), await top('ada'), await top('ada'), await top('bo'), await top('ada')]).toEqual([
      200, 200, 503, 200, 503,
    ]);
    expect(await top('ada')).toBe(200);
  });

  it('a route with a parameter in braces; for ever until it is taken away', async () => {
    await control('POST', 'faults', { route: '/v1/tracks/{id}', kind: '403' });
    const track = `${simulator.url}/v1/tracks/${simulator.catalogue.tracks[0]?.id}`;
    for (let count = 0; count < 3; count += 1) expect((await getAs('ada', track)).status).toBe(403);
    expect(await (await control('GET', 'faults')).json()).toMatchObject({ faults: [{ remaining: null }] });
    expect((await control('DELETE', 'faults')).status).toBe(204);
    expect((await getAs('ada', track)).status).toBe(200);
  });

  it('refuses a fault it does not know', async () => {
    for (const body of [
      { kind: 'fire' },
      { kind: 'slow' },
      { kind: '401', rout: '/v1/me' },
      { kind: '5xx', status: 200 },
    ]) {
      expect((await control('POST', 'faults', body)).status).toBe(400);
    }
  });
});

describe('counting calls', () => {
  it('by route, user, status and fault, without the control calls', async () => {
    simulator.addFault({ route: '/v1/me', kind: '429', times: 1 });
    await me();
    await me();
    await getAs('bo', `${simulator.url}/v1/me`);
    await getAs('bo', `${simulator.url}/v1/tracks/${simulator.catalogue.tracks[0]?.id}`);
    await getAs('bo', `${simulator.url}/v1/elsewhere`);
    await expect.poll(() => callsOf('GET (unknown route)')?.statuses).toEqual({ '404': 1 });
    const summary = z.object({ total: z.number(), routes: z.record(z.string(), z.unknown()) });
    const { total, routes } = summary.parse(await (await control('GET', 'calls')).json());
    expect(total).toBe(5);
    const counts = {
      calls: 3,
      users: { ada: 2, bo: 1 },
      statuses: { '200': 2, '429': 1 },
      faults: { '429': 1 },
    };
    expect(routes['GET /v1/me']).toEqual(counts);
    expect(Object.keys(routes)).toEqual(['GET (unknown route)', 'GET /v1/me', 'GET /v1/tracks/{id}']);
    expect((await control('DELETE', 'calls')).status).toBe(204);
    expect(simulator.calls.summary()).toEqual({ total: 0, routes: {} });
  });
});

describe('the clock', () => {
  it('is set, advanced and given back', async () => {
    const at = async (body: object) =>
      z.looseObject({ now: z.string() }).parse(await (await control('POST', 'clock', body)).json());
    expect(await at({ now: '2026-01-02T03:04:05Z' })).toEqual({
      now: '2026-01-02T03:04:05.000Z',
      standing: true,
    });
    expect((await at({ advanceMs: 1000 })).now).toBe('2026-01-02T03:04:06.000Z');
    expect(await at({ real: true })).toMatchObject({ standing: false });
    expect((await control('POST', 'clock', { now: 'noon' })).status).toBe(400);
    simulator.clock.set(new Date('2026-11-20T15:00:00Z'));
  });
});
