import { listHistory } from '@undertone/contracts/listening/history';
import { listSnapshots } from '@undertone/contracts/listening/rpc';
import { listTop } from '@undertone/contracts/listening/top';
import { listTrends } from '@undertone/contracts/listening/trends';
import type { RpcDefinition } from '@undertone/contracts/rpc';
import { newId } from '@undertone/platform/ids/ids';
import { KeysetCursor } from '@undertone/platform/rpc/keyset-cursor';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { jsonFile, playRows } from './exported-catalogue.js';
import { type ImportHarness, startImportHarness } from './import-harness.js';

const user_id = newId();
let harness: ImportHarness;
beforeAll(async () => {
  harness = await startImportHarness();
  const rows = playRows(harness.simulator.catalogue.tracks.slice(0, 5), 10);
  await harness.imported(user_id, jsonFile(rows), 'Streaming_History_Audio_2026_0.json');
});
afterAll(() => harness.stop());

const period = { user_id, time_zone: 'UTC', limit: 5 };
const top = { ...period, kind: 'artists', by: 'count' };
const lists: [string, RpcDefinition, object][] = [
  ['history', listHistory as RpcDefinition, period],
  ['trends', listTrends as RpcDefinition, { ...period, bucket: 'month' }],
  ['top', listTop as RpcDefinition, top],
  ['snapshots', listSnapshots as RpcDefinition, { user_id, limit: 5 }],
];

const DAYS = [
  '0000-01-01',
  '0001-01-01',
  '1970-01-01',
  '2026-02-30',
  '2999-12-31',
  '9999-12-31',
  '-0001-01-01',
];
const MOMENTS = [...DAYS.map((day) => `${day}T00:00:00.000Z`), '+275760-09-13T00:00:00.000Z', 'soon'];
const TEXTS = ['', '\0', 'a\0b', '\ud800', "'; drop table play; --", '🎧'.repeat(60), newId()];
const NUMBERS = [0, -1, 1e15, 1e308, -1e308, 5e-324, 2 ** 53, 1.5];
const KEYS: unknown[] = [
  ...DAYS,
  ...NUMBERS,
  ...MOMENTS.flatMap((moment) => TEXTS.map((id) => [moment, id])),
  ...NUMBERS.flatMap((value) => TEXTS.map((id) => [value, id])),
  null,
  [],
  {},
  'x',
];
const encoded = (text: string) => Buffer.from(text).toString('base64url');
const ODD = ['', 's0', 's-1', `s${'9'.repeat(15)}`, `s${'9'.repeat(30)}`, 'null', '[]', '[[[', '\0'].map(
  encoded,
);
/** Of the list that is asked for, with odd keys: as it would give them itself. */
const cursorsOf = (list: string, question: RpcDefinition, asked: object) => {
  const own = new KeysetCursor(list, z.unknown()).for(question.input.parse(asked) as Record<string, string>);
  return [...ODD, ...KEYS.map((key) => own.after(key)).filter((cursor) => cursor.length <= 500)];
};

it.each(lists)(
  'no cursor of %s breaks anything: it is read, or refused as none',
  async (list, question, asked) => {
    const codes = await Promise.all(
      cursorsOf(list, question, asked).map((cursor) =>
        harness.rpc.ask(question, { ...asked, cursor }).then(
          () => 'read',
          ({ code }: { code: string }) => code,
        ),
      ),
    );
    expect(codes.length).toBeGreaterThan(100);
    expect([...new Set(codes)].sort()).toEqual(['BAD_CURSOR', 'read']);
  },
);

it.each([
  ['history', listHistory, period, [{ user_id: newId() }, { from: '2026-01-01' }]],
  ['trends', listTrends, { ...period, bucket: 'day' }, [{ user_id: newId() }, { bucket: 'week' }]],
  ['top', listTop, { ...top, kind: 'tracks' }, [{ user_id: newId() }, { kind: 'artists' }, { by: 'time' }]],
] as [string, RpcDefinition, object, object[]][])(
  'a cursor of %s is good for that list alone',
  async (_, question, asked, others) => {
    const first = { ...asked, limit: 1 };
    const { next } = (await harness.rpc.ask(question, first)) as { next: string };
    await harness.rpc.ask(question, { ...asked, limit: 7, cursor: next });
    for (const changed of others) {
      const asking = harness.rpc.ask(question, { ...first, ...changed, cursor: next });
      await expect(asking, JSON.stringify(changed)).rejects.toMatchObject({ code: 'BAD_CURSOR' });
    }
  },
);

it.each(lists)('no day breaks %s', async (list, question, asked) => {
  const pairs = DAYS.flatMap((from) => DAYS.map((to) => ({ from, to })));
  const codes = await Promise.all(
    pairs.map((days) =>
      harness.rpc.ask(question, { ...asked, ...days }).then(
        () => 'read',
        ({ code }: { code: string }) => code,
      ),
    ),
  );
  expect([...new Set(codes)].sort(), list).toEqual(['BAD_QUESTION', 'read']);
});
