import { listHistory } from '@undertone/contracts/listening/history';
import { listTop, type TopKind } from '@undertone/contracts/listening/top';
import { listTrends } from '@undertone/contracts/listening/trends';
import { newId } from '@undertone/platform/ids/ids';
import { inventedRow } from '@undertone/simulators/spotify/invented-export';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ImportHarness, startImportHarness } from './import-harness.js';

const FILE = 'Streaming_History_Audio_2024_0.json';
const json = (of: readonly unknown[]) => Buffer.from(JSON.stringify(of));
const hour = (n: number) => new Date(Date.UTC(2024, 2, 1) + n * 3_600_000).toISOString().replace('.000', '');

describe('an odd history', () => {
  let harness: ImportHarness;
  beforeAll(async () => {
    harness = await startImportHarness();
  });
  afterAll(() => harness.stop());

  it('has one album and one artist of names that differ in case, width or the form of Unicode', async () => {
    const userId = newId();
    const spelled = [
      ['The Fennel Trio', 'Harbour Été'],
      ['THE FENNEL TRIO', 'HARBOUR ÉTÉ'],
      ['the fennel trio ', 'Harbour Été'.normalize('NFD')],
      ['The Fennel Trio', 'Ｈarbour Été'],
      ['The Fennel Trio', 'Harbour Ete'],
      ['The Juniper Trio', 'Harbour Été'],
    ];
    const rows = spelled.map(([artist, album], n) =>
      inventedRow(n, {
        ts: hour(n),
        master_metadata_album_artist_name: artist,
        master_metadata_album_album_name: album,
      }),
    );
    await harness.imported(userId, json(rows), FILE);
    const top = async (kind: TopKind) => {
      const question = { user_id: userId, time_zone: 'UTC', kind, by: 'count' as const, limit: 50 };
      const { items } = await harness.rpc.ask(listTop, question);
      return items.map(({ plays, artists }) => [plays, artists[0]?.id]);
    };
    const [fennel] = await top('albums');
    expect(await top('albums')).toEqual([
      [4, fennel?.[1]],
      [1, expect.anything()],
      [1, expect.anything()],
    ]);
    expect((await top('artists')).map(([plays]) => plays)).toEqual([5, 1]);
  });

  it('says of a day, of its bucket and of its plays that streams overlap to more hours than it has', async () => {
    const userId = newId();
    // Seven of four hours in one day, and six in the next, which is full to the brim.
    const rows = [
      ...Array.from({ length: 7 }, (_, n) => 4 + n * 3),
      ...Array.from({ length: 6 }, (_, n) => 25 + n * 3),
    ];
    await harness.imported(
      userId,
      json(rows.map((at, n) => inventedRow(n, { ts: hour(at), ms_played: 4 * 3_600_000 }))),
      FILE,
    );
    const asked = { user_id: userId, time_zone: 'UTC', limit: 50 };
    const history = await harness.rpc.ask(listHistory, asked);
    const marked = history.items.filter(({ exceeds_day }) => exceeds_day).map(({ played_at }) => played_at);
    expect(marked.map((moment) => moment.slice(0, 10))).toEqual(
      Array.from({ length: 7 }, () => '2024-03-01'),
    );
    const days = { from: '2024-02-29', to: '2024-03-03' };
    const trends = async (bucket: 'day' | 'week' | 'month') =>
      (await harness.rpc.ask(listTrends, { ...asked, ...days, bucket })).items
        .filter(({ exceeds_day }) => exceeds_day)
        .map(({ from, hours }) => [from, hours]);
    expect(await trends('day')).toEqual([['2024-03-01', 28]]);
    expect(await trends('week')).toEqual([['2024-02-26', 52]]);
    expect(await trends('month')).toEqual([['2024-03-01', 52]]);
  });
});
