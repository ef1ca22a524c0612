import { request } from '@undertone/contracts/client/call';
import { JobRequested } from '@undertone/contracts/jobs/job';
import { playsGroup, topField, trendsField } from '@undertone/contracts/listening/cache-keys';
import { listHistory } from '@undertone/contracts/listening/history';
import { listTop } from '@undertone/contracts/listening/top';
import { listTrends } from '@undertone/contracts/listening/trends';
import { anyJobFilter } from '@undertone/contracts/subjects';
import { newId } from '@undertone/platform/ids/ids';
import { badCursor } from '@undertone/platform/rpc/rpc-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Call, pagesOf, watched } from './caller.js';
import {
  exampleComparison,
  examplePlay,
  exampleSnapshot,
  exampleTopEntry,
  exampleTrend,
  registration,
} from './examples.js';
import { serviceCache, type WriteToCache } from './service-cache.js';
import { startSystem, type TestSystem } from './system.js';

let system: TestSystem;
let cached: WriteToCache;
beforeAll(async () => {
  system = await startSystem();
  cached = await serviceCache(system);
});
afterAll(() => system.stop());

const call: Call = (route, ...given) => system.call(route, ...given);

async function registered(time_zone?: string): Promise<string> {
  const user = await call('registerUser', { ...registration(newId()), time_zone });
  expect(user).toMatchObject({ time_zone: time_zone ?? null });
  return user.user_id;
}

describe('a threshold', () => {
  it.each([
    [{ min_seconds: 45 }, { min_seconds: 45, min_share: null }],
    [{ min_share: 0.4 }, { min_seconds: null, min_share: 0.4 }],
    [
      { min_seconds: 45, min_share: null },
      { min_seconds: 45, min_share: null },
    ],
    [{ min_seconds: null, min_share: null }, null],
  ])('may name one of its fields, %j, and the other is null', async (choice, threshold) => {
    const user_id = await registered();
    const { task_id } = await call('chooseListenThreshold', { user_id, ...choice });
    const event = await system.store.last('JOBS', anyJobFilter(task_id));
    expect(event && JobRequested.read(event)?.payload).toEqual({ user_id, threshold });
  });
});

describe('a snapshot', () => {
  it('is read by its id', async () => {
    const snapshot = exampleSnapshot(newId());
    system.behind.snapshots.push(snapshot);
    expect(await call('getSnapshot', { snapshot_id: snapshot.id })).toEqual(snapshot);
    const missing = call('getSnapshot', { snapshot_id: newId() });
    await expect(missing).rejects.toMatchObject({ status: 404, code: 'SNAPSHOT_NOT_FOUND' });
  });

  it('is compared with another one of the same person, and with nobody else’s', async () => {
    const ada = newId();
    const [a, b, bens] = [exampleSnapshot(ada), exampleSnapshot(ada), exampleSnapshot(newId())];
    system.behind.snapshots.push(a, b, bens);
    expect(await call('compareSnapshots', { a: a.id, b: b.id })).toEqual(exampleComparison(a, b));
    for (const other of [bens.id, newId()]) {
      const refused = call('compareSnapshots', { a: a.id, b: other });
      await expect(refused).rejects.toMatchObject({ status: 404, code: 'SNAPSHOT_NOT_FOUND' });
    }
  });
});

describe.each([
  ['listHistory', {}, () => [examplePlay(), examplePlay(), examplePlay()]],
  ['listTrends', { bucket: 'day' }, () => ['2026-11-23', '2026-11-22', '2026-11-21'].map(exampleTrend)],
  ['listTop', { kind: 'tracks', by: 'time' }, () => [1, 2, 3].map(exampleTopEntry)],
] as const)('%s', (operation, query, rows) => {
  // One of the three for all: what they take apart from its own fields is the same.
  const route = operation as 'listHistory';
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
    system.behind.zonesAsked.length = 0;
    const asked = { ...query, user_id, limit: 2, from: '2026-11-01' };
    expect(await pagesOf(system.url, route, asked)).toEqual([list.slice(0, 2), list.slice(2)]);
    expect(system.behind.zonesAsked).toEqual(['Asia/Kolkata', 'Asia/Kolkata']);

    const { headers } = await request(watched(system.url, route), route, asked);
    const carried = { ...asked, cursor: '2', time_zone: 'Asia/Kolkata' };
    for (const [name, value] of Object.entries(carried)) {
      expect(headers.get('link')).toContain(`${name}=${encodeURIComponent(value)}`);
    }
  });

  it('is of the zone that is asked for, else the person’s own, else UTC', async () => {
    const asked = async (userId: string, more = {}) => {
      await call(route, { ...query, user_id: userId, ...more });
      return system.behind.zonesAsked.at(-1);
    };
    const [moved, unknown] = [await registered('America/St_Johns'), await registered()];
    expect(await asked(moved)).toBe('America/St_Johns');
    expect(await asked(moved, { time_zone: 'Europe/Berlin' })).toBe('Europe/Berlin');
    expect(await asked(unknown)).toBe('UTC');
  });

  it('is of a zone that can be counted in, whatever an earlier release stored as the person’s own', async () => {
    const askedAfter = async (userId: string) => {
      await call(route, { ...query, user_id: userId });
      return system.behind.zonesAsked.at(-1);
    };
    const given = registration(newId());
    const { user_id } = await call('registerUser', given);
    system.behind.timeZones.set(user_id, 'US/Pacific-New');
    // The gateway remembers what the answer to a registration shows.
    expect(await call('registerUser', given)).toMatchObject({ time_zone: 'US/Pacific-New' });
    expect(await askedAfter(user_id)).toBe('America/Los_Angeles');
    const refused = call(route, { ...query, user_id, time_zone: 'US/Pacific-New' });
    await expect(refused).rejects.toMatchObject({ status: 422, errors: [{ path: 'time_zone' }] });
  });

  it('names a cursor that it did not give', async () => {
    const rpc = { listHistory, listTrends, listTop }[operation];
    await system.behind.answer(rpc, () => {
      throw badCursor();
    });
    const refused = call(route, { ...query, user_id: await registered(), cursor: 'x' });
    await expect(refused).rejects.toMatchObject({ status: 422, errors: [{ path: 'cursor' }] });
    await system.behind.answerAll();
  });

  it('of nobody is refused', async () => {
    const refused = call(route, { ...query, user_id: newId(), time_zone: 'UTC' });
    await expect(refused).rejects.toMatchObject({ status: 404, code: 'USER_NOT_FOUND' });
  });
});

describe('what is counted over plays', () => {
  const question = (user_id: string) => ({ user_id, time_zone: 'UTC', limit: 50 });
  it.each([
    [
      'listTrends',
      { bucket: 'week' },
      (user_id: string) => trendsField({ ...question(user_id), bucket: 'week' }),
      () => exampleTrend('2026-11-23'),
      listTrends,
    ],
    [
      'listTop',
      { kind: 'albums' },
      (user_id: string) => topField({ ...question(user_id), kind: 'albums', by: 'count' }),
      () => exampleTopEntry(1),
      listTop,
    ],
  ] as const)('comes from Redis where it is there: %s', async (operation, query, field, row, rpc) => {
    const route = operation as 'listTrends';
    const user_id = await registered();
    const items = [row()];
    await cached(playsGroup(user_id), field(user_id), { epoch: '', answer: { items, next: 'more' } });
    const asked = system.behind.asked(rpc);
    const response = await request(watched(system.url, route), route, { ...query, user_id });
    expect(await response.json()).toEqual(items);
    expect(response.headers.get('link')).toContain('cursor=more');
    expect(system.behind.asked(rpc)).toBe(asked);
  });
});
