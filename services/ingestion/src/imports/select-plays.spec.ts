import { newId } from '@undertone/platform/ids/ids';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ingestionSettings } from '../settings.js';
import { kindOf } from './export-file-kind.js';
import type { ExportPlay } from './export-plays.js';
import { ImportTally } from './import-tally.js';
import { PlaySelection } from './play-selection.js';
import { selectPlays } from './select-plays.js';

const limits = ingestionSettings.parse({
  NATS_URL: 'nats://localhost',
  REDIS_URL: 'redis://localhost',
  DATABASE_URL: 'postgres://localhost/x',
  SPOTIFY_MODE: 'simulator',
});
const userId = newId();
const ID = '0hjif67e3mBkrPIlRDXHLS';
const END = Date.parse('2024-05-04T21:04:35Z');

const row = (change: Record<string, unknown> = {}) => ({
  ts: '2024-05-04T21:04:35Z',
  ms_played: 180_000,
  master_metadata_track_name: 'Paper Lantern',
  master_metadata_album_artist_name: 'The Moss Choir',
  spotify_track_uri: `spotify:track:${ID}`,
  skipped: false,
  ...change,
});

/** @param files rows by the file's name. */
async function select(
  files: Record<string, readonly unknown[]>,
  before: { history?: Iterable<string>; provider?: Record<string, number[]>; maxRows?: number } = {},
) {
  const history = new Set(before.history ?? []);
  const exportFiles = Object.entries(files).map(([name, rows]) => {
    const bytes = Buffer.from(JSON.stringify(rows));
    return {
      name,
      ...kindOf(name),
      size: bytes.length,
      read: () => [bytes] as unknown as AsyncIterable<Buffer>,
    };
  });
  const tally = new ImportTally(exportFiles);
  const plays: ExportPlay[] = [];
  let progress = 0;
  const batches = selectPlays({
    files: exportFiles,
    tally,
    selection: new PlaySelection(userId, new Map(Object.entries(structuredClone(before.provider ?? {})))),
    limits: { ...limits, IMPORT_MAX_ROWS: before.maxRows ?? limits.IMPORT_MAX_ROWS },
    signal: new AbortController().signal,
    known: async (ids) => new Set(ids.filter((id) => history.has(id))),
    progress: (share) => {
      progress = share;
    },
  });
  for await (const batch of batches) plays.push(...batch);
  const about = { import_id: newId(), user_id: userId, imported_at: new Date(END).toISOString() };
  return { report: tally.report(about), plays, progress };
}
const audio = (...rows: unknown[]) => ({ 'Streaming_History_Audio_1.json': rows });
const skippedOf = async (...given: Parameters<typeof select>) => (await select(...given)).report.skipped;

describe('what is kept of an export', () => {
  it('is each stream, with when it ended', async () => {
    const { report, plays, progress } = await select(audio(row(), row({ ts: '2024-05-05T00:00:00Z' })));
    expect(report).toMatchObject({
      rows: 2,
      kept: 2,
      skipped: {},
      first_played_at: '2024-05-04T21:04:35.000Z',
      last_played_at: '2024-05-05T00:00:00.000Z',
    });
    expect(plays[0]).toMatchObject({
      track_id: ID,
      played_at: '2024-05-04T21:04:35.000Z',
      ms_played: 180_000,
    });
    expect(progress).toBe(1);
  });

  it.each([
    [29_999, true, { too_short_and_skipped: 1 }],
    [30_000, true, {}],
    [29_999, false, {}],
    [29_999, null, {}],
    [0, null, {}],
  ])('of %i ms with skipped %j: %j', async (ms_played, skipped, expected) => {
    expect(await skippedOf(audio(row({ ms_played, skipped })))).toEqual(expected);
  });

  it('is one of two rows with the same end, track and length, across files', async () => {
    const files = {
      'Streaming_History_Audio_1.json': [row()],
      'copy/endsong_0.json': [row(), row({ ms_played: 1 })],
    };
    const { report } = await select(files);
    expect(report).toMatchObject({ rows: 3, kept: 2, skipped: { duplicate_in_import: 1 } });
    expect(report.files.map(({ rows, kept }) => [rows, kept])).toEqual([
      [1, 1],
      [2, 1],
    ]);
  });

  it('is both of two tracks that ended in the same second', async () => {
    const other = row({ spotify_track_uri: null, master_metadata_track_name: 'Other' });
    expect((await select(audio(row(), other))).report.kept).toBe(2);
  });

  it('is nothing that an earlier import kept', async () => {
    const { plays } = await select(audio(row()));
    expect(await skippedOf(audio(row()), { history: plays.map(({ id }) => id) })).toEqual({
      duplicate_of_history: 1,
    });
  });

  it.each([
    ['its start', END - 180_000, 1],
    ['its end', END, 1],
    ['the first moment of the window', END - 185_000, 1],
    ['just before the window', END - 185_001, undefined],
    ['the last moment of the window', END + 5_000, 1],
    ['just behind the window', END + 5_001, undefined],
  ])('is no stream of which Spotify told with %s', async (_, time, expected) => {
    const skipped = await skippedOf(audio(row()), { provider: { [ID]: [time] } });
    expect(skipped.duplicate_of_spotify).toBe(expected);
  });

  it('does not mind when Spotify tells of another track', async () => {
    expect(await skippedOf(audio(row()), { provider: { another: [END] } })).toEqual({});
  });

  it('is a track on repeat as often as it was played, when Spotify told of it once', async () => {
    const again = row({ ts: '2024-05-04T21:07:35Z' });
    for (const rows of [
      [row(), again],
      [again, row()],
    ]) {
      const { report } = await select(audio(...rows), { provider: { [ID]: [END] } });
      expect(report).toMatchObject({ kept: 1, skipped: { duplicate_of_spotify: 1 } });
    }
    const both = await select(audio(row(), again), { provider: { [ID]: [END, END + 180_000] } });
    expect(both.report.kept).toBe(0);
  });

  it('names the rows that could not be read, the first hundred', async () => {
    const { report } = await select(audio(row(), ...Array.from({ length: 150 }, () => ({}))));
    expect(report).toMatchObject({ rows: 151, kept: 1, skipped: { unreadable: 150 } });
    expect(report.unreadable).toHaveLength(100);
    expect(report.unreadable[0]).toMatchObject({ file: 'Streaming_History_Audio_1.json', row: 2 });
  });

  it('is not more than the settings allow', async () => {
    await expect(select(audio(row(), row(), row()), { maxRows: 2 })).rejects.toMatchObject({
      code: 'ARCHIVE_TOO_LARGE',
    });
  });
});

describe('whatever is in an export', () => {
  // From few values, so that duplicates are many.
  const anyRow = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record(
        {
          ts: fc.constantFrom(
            '2024-05-04T21:04:35Z',
            '2024-05-04T21:04:36Z',
            '2024-05-04T21:09:00Z',
            'never',
          ),
          ms_played: fc.constantFrom(0, 29_999, 30_000, 180_000, -1, null),
          master_metadata_track_name: fc.constantFrom('A', 'B', null, ''),
          master_metadata_album_artist_name: fc.constantFrom('X', 'Y'),
          spotify_track_uri: fc.constantFrom(`spotify:track:${ID}`, null),
          episode_name: fc.constantFrom('E', null),
          skipped: fc.constantFrom(true, false, null),
          incognito_mode: fc.constantFrom(true, false, false, null),
        },
        { requiredKeys: [] },
      ),
    },
    { weight: 1, arbitrary: fc.jsonValue() },
  );
  const anyFiles = fc.dictionary(
    fc.constantFrom(
      'Streaming_History_Audio_1.json',
      'endsong_0.json',
      'Streaming_History_Video_1.json',
      'Follow.json',
    ),
    fc.array(anyRow, { maxLength: 40 }),
  );
  const anyProvider = fc.array(fc.integer({ min: END - 400_000, max: END + 400_000 }), { maxLength: 5 });

  it('every row ends in exactly one count', () =>
    fc.assert(
      fc.asyncProperty(anyFiles, anyProvider, async (files, times) => {
        const { report, plays } = await select(files, { provider: { [ID]: times } });
        const read = Object.entries(files).filter(([name]) => name !== 'Follow.json');
        expect(report.rows).toBe(read.reduce((sum, [, rows]) => sum + rows.length, 0));
        const skipped = Object.values(report.skipped).reduce((sum, count) => sum + count, 0);
        expect(report.kept + skipped).toBe(report.rows);
        expect(report.files.reduce((sum, { rows }) => sum + rows, 0)).toBe(report.rows);
        expect(report.files.reduce((sum, { kept }) => sum + kept, 0)).toBe(report.kept);
        expect(plays).toHaveLength(report.kept);
        expect(new Set(plays.map(({ id }) => id)).size).toBe(report.kept);
      }),
    ));

  it('nothing of it is kept a second time, also when Spotify has told more since', () =>
    fc.assert(
      fc.asyncProperty(anyFiles, anyProvider, anyProvider, async (files, before, since) => {
        const first = await select(files, { provider: { [ID]: before } });
        const history = first.plays.map(({ id }) => id);
        const second = await select(files, { history, provider: { [ID]: [...before, ...since] } });
        expect(second.report.kept).toBe(0);
        expect(second.report.rows).toBe(first.report.rows);
      }),
    ));
});
