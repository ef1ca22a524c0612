import { listHistory } from '@undertone/contracts/listening/history';
import { listImportRows, listImports } from '@undertone/contracts/listening/import';
import { listSnapshots } from '@undertone/contracts/listening/rpc';
import { listTop } from '@undertone/contracts/listening/top';
import { listTrends } from '@undertone/contracts/listening/trends';
import type { RpcDefinition } from '@undertone/contracts/rpc';
import { newId } from '@undertone/platform/ids/ids';
import { answersToForgedCursors, DAYS } from '@undertone/platform/test-kit/forged-cursors';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { jsonFile, playRows } from './exported-catalogue.js';
import { type ImportHarness, startImportHarness } from './import-harness.js';

const user_id = newId();
let harness: ImportHarness;
let import_id: string;
beforeAll(async () => {
  harness = await startImportHarness();
  const rows: object[] = playRows(harness.simulator.catalogue.tracks.slice(0, 5), 10);
  const file = 'Streaming_History_Audio_2026_0.json';
  import_id = (await harness.imported(user_id, jsonFile([...rows, {}]), file)).import_id;
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

it.each<[string, RpcDefinition]>([
  ['history', listHistory as RpcDefinition],
  ['trends', listTrends as RpcDefinition],
  ['top', listTop as RpcDefinition],
  ['snapshots', listSnapshots as RpcDefinition],
  ['imports', listImports as RpcDefinition],
  ['import-rows', listImportRows as RpcDefinition],
])('no cursor of %s breaks anything: it is read, or refused as none', async (list, question) => {
  const asked = list === 'import-rows' ? { import_id } : undefined;
  const answers = await answersToForgedCursors((...one) => harness.rpc.ask(...one), question, asked);
  expect(answers).toEqual(['BAD_CURSOR', 'read']);
});

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
