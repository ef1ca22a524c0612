import {
  getSnapshot,
  listSnapshots,
  newestSnapshots,
  type SnapshotQuery,
} from '@undertone/contracts/listening/rpc';
import type { Snapshot } from '@undertone/contracts/listening/snapshot';
import { newId } from '@undertone/platform/ids/ids';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Harness, startHarness } from './harness.js';
import { recordSnapshot } from './recorded-snapshots.js';

const RANGES = ['short_term', 'medium_term', 'long_term'] as const;
const DAYS = ['2026-11-14', '2026-11-15', '2026-11-16', '2026-11-17', '2026-11-18', '2026-11-19'];

describe('a person’s snapshots', () => {
  let harness: Harness;
  const userId = newId();
  beforeAll(async () => {
    harness = await startHarness();
    for (const day of DAYS) for (const range of RANGES) await recordSnapshot(harness, userId, day, range);
    await recordSnapshot(harness, newId(), '2026-11-16', 'short_term');
  });
  afterAll(() => harness.stop());

  const page = (query: Partial<SnapshotQuery>) =>
    harness.rpc.ask(listSnapshots, { user_id: userId, limit: 50, ...query });
  const shown = (items: Snapshot[]) => items.map((item) => `${item.snapshot_date} ${item.time_range}`);
  const newestFirst = [...DAYS].reverse().flatMap((day) => [...RANGES].reverse().map((at) => `${day} ${at}`));

  async function allPages(query: Partial<SnapshotQuery>): Promise<{ all: Snapshot[]; sizes: number[] }> {
    const all: Snapshot[] = [];
    const sizes: number[] = [];
    for (let cursor: string | undefined; ; ) {
      const { items, next } = await page({ ...query, ...(cursor && { cursor }) });
      all.push(...items);
      sizes.push(items.length);
      if (next === null) return { all, sizes };
      cursor = next;
    }
  }

  it('come newest first, and only theirs', async () => {
    const { items, next } = await page({});
    expect(shown(items)).toEqual(newestFirst);
    expect(next).toBeNull();
    expect(new Set(items.map((item) => item.user_id))).toEqual(new Set([userId]));
  });

  it('are asked for the newest of a range, of many people at once, where it is not too old', async () => {
    const other = newId();
    await recordSnapshot(harness, other, '2026-11-13', 'short_term');
    const question = { user_ids: [userId, other, newId()], time_range: 'short_term' as const };
    const newest = async (since: string) =>
      (await harness.rpc.ask(newestSnapshots, { ...question, since })).newest;
    const [first] = (await page({ time_range: 'short_term' })).items;
    expect(await newest('2026-11-14')).toEqual([{ user_id: userId, snapshot_id: first?.id }]);
    expect((await newest('2026-11-13')).map(({ user_id }) => user_id).sort()).toEqual([userId, other].sort());
    expect(await newest('2026-11-20')).toEqual([]);
  });

  it('of a person without any are an empty list', async () => {
    expect(await page({ user_id: newId() })).toEqual({ items: [], next: null });
  });

  it.each([
    [1, Array(18).fill(1)],
    [5, [5, 5, 5, 3]],
    [6, [6, 6, 6]],
    [17, [17, 1]],
    [18, [18]],
    [200, [18]],
  ])('come in pages of %i, without a gap or a double', async (limit, expected) => {
    const { all, sizes } = await allPages({ limit });
    expect(shown(all)).toEqual(newestFirst);
    expect(sizes).toEqual(expected);
  });

  it.each([
    ['a range', { time_range: 'medium_term' }, 6],
    ['a first day', { from: '2026-11-18' }, 6],
    ['a last day', { to: '2026-11-15' }, 6],
    ['both, themselves included', { from: '2026-11-15', to: '2026-11-17' }, 9],
    ['one day', { from: '2026-11-16', to: '2026-11-16' }, 3],
    ['days before any', { to: '2026-11-13' }, 0],
    ['days the wrong way round', { from: '2026-11-17', to: '2026-11-15' }, 0],
    ['everything at once', { time_range: 'long_term', from: '2026-11-15', to: '2026-11-18' }, 4],
  ] as const)('can be chosen by %s, in pages too', async (_, query, count) => {
    const chosen = newestFirst.filter((name) => {
      const [day = '', range] = name.split(' ');
      const { time_range, from = '', to = '9999' } = query as Partial<SnapshotQuery>;
      return day >= from && day <= to && (!time_range || range === time_range);
    });
    expect(chosen).toHaveLength(count);
    expect(shown((await page(query)).items)).toEqual(chosen);
    expect(shown((await allPages({ ...query, limit: 2 })).all)).toEqual(chosen);
  });

  it('stay in step when one comes in between two pages', async () => {
    const other = newId();
    for (const day of DAYS) await recordSnapshot(harness, other, day, 'short_term');
    const first = await page({ user_id: other, limit: 2 });
    await recordSnapshot(harness, other, '2026-11-20', 'short_term');
    const second = await page({ user_id: other, limit: 2, cursor: first.next ?? '' });
    expect(shown([...first.items, ...second.items])).toEqual(
      ['19', '18', '17', '16'].map((day) => `2026-11-${day} short_term`),
    );
  });

  it('lose one that is replaced, which stays readable by its id', async () => {
    const other = newId();
    const old = await recordSnapshot(harness, other, '2026-11-19', 'short_term');
    const current = await recordSnapshot(harness, other, '2026-11-19', 'short_term');
    expect((await page({ user_id: other })).items.map(({ id }) => id)).toEqual([current]);
    for (const id of [old, current]) {
      const { snapshot } = await harness.rpc.ask(getSnapshot, { snapshot_id: id });
      expect(snapshot).toMatchObject({ id, user_id: other, created_at: '2026-11-19T12:00:00.000Z' });
    }
    expect(await harness.rpc.ask(getSnapshot, { snapshot_id: newId() })).toEqual({ snapshot: null });
  });

  const refusal = async (asked: Promise<unknown>) => {
    const error = await asked.then(
      () => undefined,
      (refused: unknown) => refused,
    );
    expect(error).toBeInstanceOf(Refused);
    return error;
  };

  const encoded = (text: string) => Buffer.from(text).toString('base64url');

  it.each([
    ['none', ''],
    ['words', 'nonsense'],
    ['a negative place', encoded('s-1')],
    ['a place beyond numbers', encoded(`s${'9'.repeat(16)}`)],
    ['another list’s form', encoded('2026-11-19')],
  ])('are refused for a cursor that is %s', async (_, cursor) => {
    expect(await refusal(page({ cursor }))).toMatchObject({ status: 422, code: 'BAD_CURSOR' });
  });

  it.each([
    ['user_id', { user_id: 'me' }],
    ['limit', { limit: 0 }],
    ['limit', { limit: 201 }],
    ['from', { from: 'yesterday' }],
    ['to', { to: '2026-02-30' }],
    ['time_range', { time_range: 'all_time' as 'long_term' }],
    ['', { colour: 'blue' } as object],
  ])('are refused for a wrong %j', async (path, query) => {
    expect(await refusal(page(query))).toMatchObject({
      status: 422,
      code: 'BAD_QUESTION',
      message: expect.stringContaining(`${path}: `),
    });
  });

  it('are refused by an id that is none', async () => {
    const asked = harness.rpc.ask(getSnapshot, { snapshot_id: 'the first' });
    expect(await refusal(asked)).toMatchObject({ status: 422, code: 'BAD_QUESTION' });
  });
});
