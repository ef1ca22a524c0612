import { playsGroup, topField, trendsField } from '@undertone/contracts/listening/cache-keys';
import { listHistory } from '@undertone/contracts/listening/history';
import { listTop } from '@undertone/contracts/listening/top';
import { listTrends } from '@undertone/contracts/listening/trends';
import { ReadCache } from '@undertone/platform/cache/read-cache';
import { newId } from '@undertone/platform/ids/ids';
import { badCursor } from '@undertone/platform/rpc/rpc-client';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { silent, testRedis } from '@undertone/platform/test-kit/infrastructure';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { badFields, problemOf, type Reply } from './client.js';
import { conforms } from './conforms.js';
import {
  exampleComparison,
  examplePlay,
  exampleSnapshot,
  exampleTopEntry,
  exampleTrend,
  registration,
} from './examples.js';
import { startSystem, type TestSystem } from './system.js';

let system: TestSystem;
let redis: ReturnType<typeof testRedis>;
let cache: ReadCache;
beforeAll(async () => {
  system = await startSystem();
  redis = testRedis(system.infrastructure);
  cache = new ReadCache(redis, silent);
  await eventually('Redis is connected', () => cache.isUp);
});
afterAll(async () => {
  redis.disconnect();
  await system.stop();
});

/** Sends, and holds the answer against the OpenAPI document. */
async function get(operation: string, path: string, query: Record<string, string> = {}): Promise<Reply> {
  const reply = await system.send('GET', path, { query });
  conforms(operation, reply);
  return reply;
}

async function registered(time_zone?: string): Promise<string> {
  const json = { ...registration(newId()), ...(time_zone && { time_zone }) };
  const reply = await system.send('POST', '/api/users/register', { json });
  conforms('registerUser', reply);
  expect(reply.body).toMatchObject({ time_zone: time_zone ?? null });
  return (reply.body as { user_id: string }).user_id;
}

const nextOf = (reply: Reply): URL =>
  new URL(/^<(.+)>; rel="next"$/.exec(reply.headers.get('link') ?? '')?.[1] ?? '', system.url);

describe('a snapshot', () => {
  it('is read by its id', async () => {
    const snapshot = exampleSnapshot(newId());
    system.behind.snapshots.push(snapshot);
    expect((await get('getSnapshot', `/api/listening/snapshots/${snapshot.id}`)).body).toEqual(snapshot);
    const missing = await get('getSnapshot', `/api/listening/snapshots/${newId()}`);
    expect(problemOf(missing)).toMatchObject({ status: 404, code: 'SNAPSHOT_NOT_FOUND' });
  });

  it('is compared with another one of the same person, and with nobody else’s', async () => {
    const ada = newId();
    const [a, b, bens] = [exampleSnapshot(ada), exampleSnapshot(ada), exampleSnapshot(newId())];
    system.behind.snapshots.push(a, b, bens);
    const reply = await get('compareSnapshots', '/api/listening/compare', { a: a.id, b: b.id });
    expect(reply.body).toEqual(exampleComparison(a, b));
    for (const other of [bens.id, newId()]) {
      const refused = await get('compareSnapshots', '/api/listening/compare', { a: a.id, b: other });
      expect(problemOf(refused)).toMatchObject({ status: 404, code: 'SNAPSHOT_NOT_FOUND' });
    }
  });
});

describe.each([
  ['listHistory', '/api/listening/history', {}, () => [examplePlay(), examplePlay(), examplePlay()]],
  [
    'listTrends',
    '/api/listening/trends',
    { bucket: 'day' },
    () => ['2026-11-23', '2026-11-22', '2026-11-21'].map(exampleTrend),
  ],
  ['listTop', '/api/listening/top', { kind: 'tracks', by: 'time' }, () => [1, 2, 3].map(exampleTopEntry)],
] as const)('%s', (operation, path, query, rows) => {
  const put = (userId: string) => {
    const { plays, trends, tops } = system.behind;
    const list = rows();
    const of: Map<string, unknown[]> = { listHistory: plays, listTrends: trends, listTop: tops }[operation];
    of.set(userId, list);
    return list;
  };

  it('comes page by page, all of one time zone', async () => {
    const user_id = await registered('Asia/Kolkata');
    const list = put(user_id);
    const first = await get(operation, path, { ...query, user_id, limit: '2', from: '2026-11-01' });
    expect(first.body).toEqual(list.slice(0, 2));
    const next = nextOf(first);
    expect(Object.fromEntries(next.searchParams)).toEqual({
      ...query,
      user_id,
      from: '2026-11-01',
      limit: '2',
      cursor: '2',
      time_zone: 'Asia/Kolkata',
    });
    const second = await get(operation, `${next.pathname}${next.search}`);
    expect(second.body).toEqual(list.slice(2));
    expect(second.headers.get('link')).toBeNull();
  });

  it('is of the zone that is asked for, else the person’s own, else UTC', async () => {
    const asked = async (userId: string, more = {}) => {
      expect((await get(operation, path, { ...query, user_id: userId, ...more })).status).toBe(200);
      return system.behind.zonesAsked.at(-1);
    };
    const [moved, unknown] = [await registered('America/St_Johns'), await registered()];
    expect(await asked(moved)).toBe('America/St_Johns');
    expect(await asked(moved, { time_zone: 'Europe/Berlin' })).toBe('Europe/Berlin');
    expect(await asked(unknown)).toBe('UTC');
  });

  it('names a cursor that it did not give', async () => {
    const rpc = { listHistory, listTrends, listTop }[operation];
    await system.behind.answer(rpc, () => {
      throw badCursor();
    });
    const refused = await get(operation, path, { ...query, user_id: await registered(), cursor: 'x' });
    expect(badFields(refused)).toEqual(['cursor']);
    await system.behind.answerAll();
  });

  it('of nobody is refused', async () => {
    const refused = await get(operation, path, { ...query, user_id: newId(), time_zone: 'UTC' });
    expect(problemOf(refused)).toMatchObject({ status: 404, code: 'USER_NOT_FOUND' });
  });
});

describe('what is counted over plays', () => {
  const question = (user_id: string) => ({ user_id, time_zone: 'UTC', limit: 50 });
  it.each([
    [
      'listTrends',
      '/api/listening/trends',
      { bucket: 'week' },
      (user_id: string) => trendsField({ ...question(user_id), bucket: 'week' }),
      () => exampleTrend('2026-11-23'),
      listTrends,
    ],
    [
      'listTop',
      '/api/listening/top',
      { kind: 'albums' },
      (user_id: string) => topField({ ...question(user_id), kind: 'albums', by: 'count' }),
      () => exampleTopEntry(1),
      listTop,
    ],
  ] as const)('comes from Redis where it is there: %s', async (operation, path, query, field, row, rpc) => {
    const user_id = await registered();
    const items = [row()];
    cache.write(playsGroup(user_id), field(user_id), { items, next: 'more' }, 60);
    await eventually('it is written', async () => (await redis.exists(playsGroup(user_id))) === 1);
    const asked = system.behind.asked(rpc);
    const reply = await get(operation, path, { ...query, user_id });
    expect(reply.body).toEqual(items);
    expect(reply.headers.get('link')).toContain('cursor=more');
    expect(system.behind.asked(rpc)).toBe(asked);
  });
});
