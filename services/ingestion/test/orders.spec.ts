import { listHistory } from '@undertone/contracts/listening/history';
import { newId } from '@undertone/platform/ids/ids';
import { sizeOf } from '@undertone/platform/test-kit/soak';
import { inventedAccountRow, inventedRow } from '@undertone/simulators/spotify/invented-export';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TrackCatalogue } from '../src/tracks/track-catalogue.js';
import { type ImportHarness, startImportHarness } from './import-harness.js';
import { zip } from './zip.js';

/** A dozen streams, one of which is broken off. */
const STREAMS = Array.from({ length: 12 }, (_, n) => n);
const BROKEN_OFF = 7;
const rowOf = (n: number, change: Record<string, unknown> = {}) =>
  inventedRow(n, {
    ...(n === BROKEN_OFF && { ms_played: 12_000, reason_end: 'fwdbtn' }),
    ...change,
  });
const rows = (of: readonly number[], change: (n: number) => Record<string, unknown> = () => ({})) =>
  JSON.stringify(of.map((n) => rowOf(n, change(n))));

/** What the same person may have, of the same streams. */
const TELLINGS = {
  'an old export without ids': {
    name: 'endsong_0.json',
    data: rows(STREAMS.slice(0, 8), () => ({ spotify_track_uri: null })),
  },
  'a newer export': { name: 'Streaming_History_Audio_2019_0.json', data: rows(STREAMS.slice(1)) },
  'an export with other lengths': {
    name: 'Streaming_History_Audio_2019_1.json',
    data: rows(STREAMS.slice(3, 6), (n) => ({
      ms_played: 30_000 + n,
      spotify_track_uri: rowOf(n).spotify_track_uri,
    })),
  },
  'account data': {
    name: 'StreamingHistory_music_0.json',
    data: JSON.stringify(STREAMS.filter((n) => n !== BROKEN_OFF).map((n) => inventedAccountRow(n))),
  },
  'what Spotify told': undefined,
} as const;
type Source = keyof typeof TELLINGS;
const sources = Object.keys(TELLINGS) as Source[];

describe('the same streams told by several sources', () => {
  let harness: ImportHarness;
  beforeAll(async () => {
    harness = await startImportHarness({ AUDIO_FEATURES: 'none' });
    await harness.service.get<TrackCatalogue>(TrackCatalogue).keep(
      STREAMS.map((n) => ({
        id: `relinked${n}`,
        name: String(rowOf(n).master_metadata_track_name),
        artists: [{ id: `artist${n}`, name: String(rowOf(n).master_metadata_album_artist_name) }],
      })),
      new Date(),
    );
  });
  afterAll(() => harness.stop());

  const fetch = (userId: string): Promise<void> =>
    harness.fetched(
      userId,
      STREAMS.filter((n) => n !== BROKEN_OFF).map((n) => ({
        track_id: n % 2 === 0 ? `relinked${n}` : String(rowOf(n).spotify_track_uri).slice(-22),
        played_at: new Date(Date.parse(String(rowOf(n).ts)) - (n % 3) * 10_000).toISOString(),
      })),
    );

  async function told(userId: string, source: Source): Promise<void> {
    const file = TELLINGS[source];
    if (file) await harness.imported(userId, Buffer.from(file.data), file.name);
    else await fetch(userId);
  }
  const plays = async (userId: string) =>
    (await harness.play(userId)).map(({ user_id: _, id: _id, sequence: _sequence, ...play }) => play);

  it('are the same plays in whatever order they come, in one archive too, and after a rebuild', async () => {
    const people: { userId: string; order: readonly Source[] }[] = [];
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(sources, { minLength: sources.length }), async (order) => {
        const userId = newId();
        people.push({ userId, order });
        for (const source of order) await told(userId, source);
      }),
      { numRuns: sizeOf('ORDER_RUNS', { usual: 2, soak: 30 }), endOnFailure: true },
    );
    const inOne = newId();
    await harness.imported(inOne, zip(Object.values(TELLINGS).flatMap((file) => file ?? [])));
    await fetch(inOne);
    people.push({ userId: inOne, order: ['an old export without ids'] });

    const expected = await plays(inOne);
    // One is broken off; the others are told with their lengths, each by its id.
    expect(expected).toHaveLength(STREAMS.length - 1);
    for (const { ms_played, source } of expected)
      expect([Number(ms_played) > 0, source]).toEqual([true, 'export']);
    for (const { userId, order } of people) expect([order, await plays(userId)]).toEqual([order, expected]);

    await harness.rebuildPlays();
    for (const { userId, order } of people) expect([order, await plays(userId)]).toEqual([order, expected]);
  }, 180_000);

  it('have the same names in whatever order they are spelled', async () => {
    const row = rowOf(0, { spotify_track_uri: null });
    const loud = (name: unknown) => String(name).toUpperCase();
    const spellings = [
      ['StreamingHistory_music_0.json', [inventedAccountRow(0)]],
      ['endsong_0.json', [row]],
      [
        'endsong_1.json',
        [
          {
            ...row,
            ts: rowOf(5).ts,
            master_metadata_track_name: loud(row.master_metadata_track_name),
            master_metadata_album_artist_name: loud(row.master_metadata_album_artist_name),
          },
        ],
      ],
    ] as const;
    const names = async (order: readonly (typeof spellings)[number][]) => {
      const userId = newId();
      for (const [name, rows] of order)
        await harness.imported(userId, Buffer.from(JSON.stringify(rows)), name);
      const { items } = await harness.rpc.ask(listHistory, { user_id: userId, time_zone: 'UTC', limit: 5 });
      return items.map(({ name, artists, album }) => [name, artists[0]?.name, album]);
    };
    const spelled = ['track_name', 'album_artist_name', 'album_album_name'].map(
      (of) => row[`master_metadata_${of}`],
    );
    expect(await names(spellings)).toEqual([spelled, spelled]);
    expect(await names(spellings.toReversed())).toEqual([spelled, spelled]);
  });
});
