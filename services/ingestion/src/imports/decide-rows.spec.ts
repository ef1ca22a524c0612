import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { audio, END, ID, playsOf, row, select, skippedOf } from '../../test/selected-rows.js';
import { namesKey } from '../play-keys/track-key.js';

describe('what is kept of an export', () => {
  it('is each stream, with when it ended', async () => {
    const { report, streams, progress } = await select(audio(row(), row({ ts: '2024-05-05T00:00:00Z' })));
    expect(report).toMatchObject({
      rows: 2,
      kept: 2,
      skipped: {},
      first_played_at: '2024-05-04T21:04:35.000Z',
      last_played_at: '2024-05-05T00:00:00.000Z',
      covers: { from: '2024-05-04T21:04:35.000Z', to: '2024-05-05T00:00:00.000Z' },
    });
    expect(streams[0]).toMatchObject({
      track_id: ID,
      played_at: '2024-05-04T21:04:35.000Z',
      ms_played: 180_000,
    });
    expect(progress).toEqual([expect.closeTo(0.5, 1), 1]);
  });

  it('is decided on where the music pauses, so that a large export fits into memory', async () => {
    const together: number[] = [];
    const rows = Array.from({ length: 1_001 }, (_, n) =>
      row({ ts: new Date(END + n * 240_000).toISOString() }),
    );
    const { report } = await select(audio(...rows.toReversed()), {
      together: (count) => together.push(count),
    });
    expect(report.kept).toBe(1_001);
    expect(together).toEqual([500, 500, 1]);
  });

  it('is nothing once the import was cancelled', async () => {
    const signal = AbortSignal.abort(new Error('cancelled'));
    await expect(select(audio(row()), { signal })).rejects.toThrow('cancelled');
  });

  it('is no podcast and nothing private, and each is counted as what it is', async () => {
    const podcast = row({
      ...{ master_metadata_track_name: null, master_metadata_album_artist_name: null },
      ...{ spotify_track_uri: null, episode_name: 'One', spotify_episode_uri: 'spotify:episode:x' },
    });
    const { report } = await select(audio(podcast, row({ incognito_mode: true }), 'not a row'));
    expect(report).toMatchObject({
      rows: 3,
      kept: 0,
      skipped: { not_music: 1, incognito: 1, unreadable: 1 },
    });
    expect(report.unreadable).toHaveLength(1);
  });

  it.each([
    [29_999, true, { too_short_and_skipped: 1 }],
    [30_000, true, {}],
    [29_999, false, {}],
    [29_999, null, {}],
    [1, null, {}],
    [0, null, { too_short_and_skipped: 1 }],
  ])('of %i ms with skipped %j: %j', async (ms_played, skipped, expected) => {
    expect(await skippedOf(audio(row({ ms_played, skipped })))).toEqual(expected);
  });

  it.each([
    ['fwdbtn', 29_999, { too_short_and_skipped: 1 }],
    ['fwdbtn', 30_000, {}],
    ['BackBtn', 4_000, { too_short_and_skipped: 1 }],
    ['endplay', 4_000, { too_short_and_skipped: 1 }],
    ['logout', 4_000, { too_short_and_skipped: 1 }],
    ['trackerror', 4_000, { too_short_and_skipped: 1 }],
    ['unexpected-exit', 4_000, { too_short_and_skipped: 1 }],
    ['unexpected-exit-while-paused', 4_000, { too_short_and_skipped: 1 }],
    ['trackdone', 4_000, {}],
    ['', 4_000, {}],
    [7, 4_000, {}],
  ])(
    'that ended by %j after %i ms, and was called skipped by nobody: %j',
    async (reason_end, ms_played, expected) => {
      for (const skipped of [false, null, undefined]) {
        expect(await skippedOf(audio(row({ ms_played, reason_end, skipped })))).toEqual(expected);
      }
    },
  );

  it('is nothing that ends more than an hour after the import, and no range reaches there', async () => {
    const importedAt = new Date('2024-05-04T22:00:00Z');
    const later = [
      '2024-05-04T23:00:00Z',
      '2024-05-04T23:00:01Z',
      '2024-06-01T00:00:00Z',
      '2038-01-19T03:14:07Z',
    ];
    const rows = [
      row(),
      ...later.map((ts) => row({ ts, master_metadata_track_name: ts, spotify_track_uri: null })),
    ];
    const { report, streams } = await select(audio(...rows), { importedAt });
    expect(report).toMatchObject({
      rows: 5,
      kept: 2,
      skipped: { in_the_future: 3 },
      last_played_at: '2024-05-04T23:00:00.000Z',
      covers: { to: '2024-05-04T23:00:00.000Z' },
    });
    expect(streams).toHaveLength(2);
  });

  it('is one of two rows with the same end, track and length, across files', async () => {
    const files = {
      'Streaming_History_Audio_1.json': [row()],
      'copy/endsong_0.json': [row(), row({ ts: '2024-05-04T21:09:35Z' })],
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
    const { history } = await select(audio(row()));
    expect(await skippedOf(audio(row()), { history })).toEqual({
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
  ])(
    'stands for the play of which Spotify told with %s, whose length nobody knew',
    async (_, time, expected) => {
      const { report, history } = await select(audio(row()), { provider: { [ID]: [time] } });
      expect(report).toMatchObject({ kept: 1, skipped: {} });
      expect(report.replaced).toBe(expected);
      expect(playsOf(history).map(({ ms }) => ms)).toEqual(expected ? [180_000] : [null, 180_000]);
    },
  );

  it('does not mind when Spotify tells of another track', async () => {
    expect((await select(audio(row()), { provider: { another: [END] } })).report.replaced).toBeUndefined();
  });

  it('is a track on repeat as often as it was played, when Spotify told of it once', async () => {
    const again = row({ ts: '2024-05-04T21:07:35Z' });
    for (const rows of [
      [row(), again],
      [again, row()],
    ]) {
      const { report, history } = await select(audio(...rows), { provider: { [ID]: [END] } });
      expect(report).toMatchObject({ kept: 2, replaced: 1 });
      expect(playsOf(history)).toHaveLength(2);
    }
    const both = await select(audio(row(), again), { provider: { [ID]: [END, END + 180_000] } });
    expect(both.report).toMatchObject({ kept: 2, replaced: 2 });
  });

  const accountRow = (change: Record<string, unknown> = {}) => ({
    endTime: '2024-05-04 21:04',
    artistName: 'The Moss Choir ',
    trackName: 'paper lantern',
    msPlayed: 180_000,
    ...change,
  });
  const account = (...rows: unknown[]) => ({ 'StreamingHistory_music_0.json': rows });

  it('is the row of the extended history where account data has the same stream, whichever file comes first', async () => {
    const { report, history } = await select({ ...account(accountRow()), ...audio(row()) });
    expect(report).toMatchObject({ kept: 1, skipped: { duplicate_in_import: 1 } });
    expect(playsOf(history)).toMatchObject([{ track: ID, at: END }]);
  });

  it.each([
    ['minute', { endTime: '2024-05-04 21:05' }],
    ['length, so short that two of them fit into the minute', { msPlayed: 29_999 }],
    ['track', { trackName: 'Lantern' }],
    ['artist', { artistName: 'Moss Choir' }],
  ])('is both where account data has another %s', async (_, change) => {
    expect((await select({ ...audio(row()), ...account(accountRow(change)) })).report.kept).toBe(2);
  });

  it('is nothing of account data that an extended history told before', async () => {
    const { history } = await select(audio(row()));
    expect(await skippedOf(account(accountRow()), { history })).toEqual({ duplicate_of_history: 1 });
  });

  it('takes the place of what account data told before, once', async () => {
    const { history } = await select(account(accountRow()));
    const twice = audio(row(), row({ ts: '2024-05-04T21:04:36Z' }));
    expect((await select(twice, { history })).report).toMatchObject({
      kept: 1,
      replaced: 1,
      skipped: { duplicate_in_import: 1 },
    });
  });

  it.each([
    [END - 181_000, 1],
    [END + 25_000 + 5_000, 1],
    [END + 25_000 + 5_001, undefined],
  ])('of account data stands for what Spotify told at %i, by its names', async (time, expected) => {
    const given = {
      provider: { [ID]: [time] },
      named: { [ID]: namesKey('The Moss Choir', 'Paper Lantern') },
    };
    expect((await select(account(accountRow()), given)).report.replaced).toBe(expected);
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
  const anyAccountRow = fc.record({
    endTime: fc.constantFrom('2024-05-04 21:04', '2024-05-04 21:09', 'never'),
    msPlayed: fc.constantFrom(0, 29_999, 180_000),
    artistName: fc.constantFrom('X', 'Y'),
    trackName: fc.constantFrom('A', 'B', ''),
  });
  const rows = fc.array(anyRow, { maxLength: 40 });
  const anyFiles = fc.record(
    {
      'StreamingHistory_music_0.json': fc.array(anyAccountRow, { maxLength: 20 }),
      'Streaming_History_Audio_1.json': rows,
      'endsong_0.json': rows,
      'Streaming_History_Video_1.json': rows,
      'Follow.json': rows,
    },
    { requiredKeys: [] },
  );
  const anyProvider = fc.array(fc.integer({ min: END - 400_000, max: END + 400_000 }), { maxLength: 5 });

  it('every row ends in exactly one count', () =>
    fc.assert(
      fc.asyncProperty(anyFiles, anyProvider, async (files, times) => {
        const { report, history, skipped: rows } = await select(files, { provider: { [ID]: times } });
        expect(rows).toHaveLength(report.rows - report.kept);
        expect(new Set(rows.map(({ file, row }) => `${file}:${row}`)).size).toBe(rows.length);
        const read = Object.entries(files).filter(([name]) => name !== 'Follow.json');
        expect(report.rows).toBe(read.reduce((sum, [, rows]) => sum + rows.length, 0));
        const skipped = Object.values(report.skipped).reduce((sum, count) => sum + count, 0);
        expect(report.kept + skipped).toBe(report.rows);
        expect(report.files.reduce((sum, { rows }) => sum + rows, 0)).toBe(report.rows);
        expect(report.files.reduce((sum, { kept }) => sum + kept, 0)).toBe(report.kept);
        const kept = playsOf(history).filter(({ source }) => source === 'export');
        expect(kept).toHaveLength(report.kept);
        expect(new Set(kept.map(({ id }) => id)).size).toBe(report.kept);
      }),
    ));

  it('nothing of it is kept a second time, also when Spotify has told more since', () =>
    fc.assert(
      fc.asyncProperty(anyFiles, anyProvider, anyProvider, async (files, before, since) => {
        const first = await select(files, { provider: { [ID]: before } });
        const second = await select(files, { history: first.history, provider: { [ID]: since } });
        expect(second.report.kept).toBe(0);
        expect(second.report.rows).toBe(first.report.rows);
      }),
    ));
});
