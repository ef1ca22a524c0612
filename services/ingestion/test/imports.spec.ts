import { existsSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { createGunzip } from 'node:zlib';
import { consumers } from '@undertone/contracts/consumers';
import { HistoryImported } from '@undertone/contracts/listening/history-imported';
import { ListeningIngested } from '@undertone/contracts/listening/listening-ingested';
import { listeningAggregate } from '@undertone/contracts/subjects';
import { recordOnce } from '@undertone/platform/event-store/record-once';
import { newId } from '@undertone/platform/ids/ids';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import { rebuild } from '@undertone/platform/projections/rebuild-command';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { inventedAccountRow, inventedRow, inventedRows } from '@undertone/simulators/spotify/invented-export';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ImportLog } from '../src/imports/import-log.js';
import { rebuildable } from '../src/rebuild.js';
import { TrackCatalogue } from '../src/tracks/track-catalogue.js';
import { counted, type ImportHarness, startImportHarness, temporaryFiles } from './import-harness.js';
import { zip } from './zip.js';

const json = (rows: readonly unknown[]) => Buffer.from(JSON.stringify(rows));
const AUDIO = 'Streaming_History_Audio_2019_0.json';
const accountRow = (minute: number) => ({
  endTime: `2024-05-04 21:${String(minute).padStart(2, '0')}`,
  artistName: 'The Moss Choir',
  trackName: 'Paper Lantern',
  msPlayed: 40_000,
});
const wholeExport = () =>
  zip([
    { name: 'my_spotify_data/', stored: true },
    { name: `my_spotify_data/${AUDIO}`, data: json(inventedRows(40)) },
    { name: 'my_spotify_data/endsong_0.json', data: json(inventedRows(40, 20)), stored: true },
    { name: 'my_spotify_data/Streaming_History_Video_2019.json', data: json(inventedRows(3)) },
    { name: 'my_spotify_data/StreamingHistory_music_0.json', data: json([accountRow(1), accountRow(2)]) },
    { name: 'my_spotify_data/StreamingHistory_podcast_0.json', data: json([accountRow(3)]) },
    { name: 'my_spotify_data/Payments.json', data: '{"card": "invented"}' },
    { name: 'my_spotify_data/ReadMeFirst.pdf', data: '%PDF' },
  ]);

describe('the import of a data export', () => {
  let harness: ImportHarness;
  beforeAll(async () => {
    harness = await startImportHarness();
  });
  afterEach(() => expect(temporaryFiles()).toEqual([]));
  afterAll(() => harness.stop());

  const events = async (userId: string) =>
    (await harness.listening(userId)).flatMap((event) => HistoryImported.read(event) ?? []);

  async function ingested(userId: string, plays: { track_id: string; played_at: string }[]): Promise<void> {
    const aggregate = listeningAggregate(userId);
    const data = {
      user_id: userId,
      time_range: 'short_term' as const,
      source: 'simulator' as const,
      fetched_at: '2026-11-20T00:00:00.000Z',
      top_tracks: [],
      top_artists: [],
      plays,
    };
    const event = { definition: ListeningIngested, id: newId(), data, time: new Date(), source: 'test' };
    // The snapshots of an import are written meanwhile.
    const { sequence } = await recordOnce(harness.store, aggregate, event, { upTo: 0 });
    const progress = harness.service.get<ProjectionProgress>(ProjectionProgress);
    await progress.reached(consumers.plays, sequence, new AbortController().signal);
  }
  const told = (n: number, offsetMs: number) => {
    const row = inventedRow(n);
    return {
      track_id: String(row.spotify_track_uri).slice(-22),
      played_at: new Date(Date.parse(String(row.ts)) + offsetMs).toISOString(),
    };
  };

  it('counts every row of every file of a zip, once', async () => {
    const userId = newId();
    const report = await harness.imported(userId, wholeExport());
    expect(report).toMatchObject({
      user_id: userId,
      rows: 86,
      kept: 62,
      skipped: { duplicate_in_import: 20, music_video: 3, not_music: 1 },
      unreadable: [],
      first_played_at: '2019-01-01T00:00:00.000Z',
      last_played_at: '2024-05-04T21:02:00.000Z',
    });
    expect(report.files.map(({ kind, rows, kept }) => [kind, rows, kept])).toEqual([
      ['extended', 40, 40],
      ['extended', 40, 20],
      ['extended', 3, 0],
      ['account_data', 2, 2],
      ['account_data', 1, 0],
      ['not_history', 0, 0],
      ['not_history', 0, 0],
    ]);
    const plays = await harness.play(userId);
    expect(plays).toHaveLength(62);
    expect(plays.every(({ source, ms_played }) => source === 'export' && Number(ms_played) > 0)).toBe(true);
    const [track] = await harness
      .orm()
      .em.fork()
      .execute('select * from exported_track where user_id = ? and track_id = ?', [
        userId,
        plays[0]?.track_id,
      ]);
    expect(track).toMatchObject({
      name: 'Lantern 0',
      artists: [{ name: 'Moss Choir 0' }],
    });
  });

  it('leaves one event with a reference, and neither a name nor an address anywhere', async () => {
    const userId = newId();
    const before = await harness.objectMessages();
    await harness.imported(userId, json(inventedRows(5)), AUDIO);
    const log = JSON.stringify(await harness.listening(userId));
    const [event, ...others] = await events(userId);
    expect(others).toEqual([]);
    if (!event?.streams) throw new Error('no streams');
    const lines = await text((await harness.storage().get(event.streams)).pipe(createGunzip()));
    expect(lines.trim().split('\n')).toHaveLength(5);
    expect(lines).toContain('Lantern 0');
    expect(log).not.toMatch(/Lantern|Moss/);
    expect(log + lines).not.toMatch(/203\.0\.113|Invented\/1|invented-user|NZ/);
    // The plays, as chunks and their description; the upload is gone.
    expect((await harness.objectMessages()) - before).toBe(2);
  });

  it.each([
    [AUDIO, inventedRows(3)],
    ['StreamingHistory0.json', [accountRow(1)]],
    ['renamed by me.json', inventedRows(3)],
    ['renamed.txt', [accountRow(1)]],
  ])('takes a single file: %s', async (name, rows) => {
    const report = await harness.imported(newId(), json(rows), name);
    expect(report).toMatchObject({ rows: rows.length, kept: rows.length, files: [{ name }] });
  });

  it.each([
    ['damaged', { crc: 1 }, 'checksum'],
    ['damaged from its first byte on', { stored: true, method: 8 }, 'damaged'],
    ['encrypted', { flags: 1 }, 'encrypted'],
    ['compressed by bzip2', { method: 12 }, 'method 12'],
    ['an archive three deep', { data: zip([{ name: 'most', data: zip([{ name: 'a' }]) }]) }, 'not opened'],
  ])('tells of a member under another name that it is %s', async (_, change, says) => {
    const members = [
      { name: AUDIO, data: json(inventedRows(3)) },
      { name: 'mine.json', data: json(inventedRows(3, 3)), ...change },
    ];
    const report = await harness.imported(newId(), zip(members), 'export.zip');
    expect(report).toMatchObject({ kept: 3, rows: 3 });
    const faults = report.files.flatMap(({ name, fault }) => (fault === undefined ? [] : { name, fault }));
    expect(faults).toEqual([
      { name: expect.stringContaining('mine.json'), fault: expect.stringContaining(says) },
    ]);
  });

  it('of the same file keeps nothing a second time', async () => {
    const userId = newId();
    const first = await harness.imported(userId, wholeExport());
    const plays = await harness.play(userId);
    const second = await harness.imported(userId, wholeExport());
    expect(second).toMatchObject({ rows: 86, kept: 0, first_played_at: null, covers: first.covers });
    expect(first.covers).toEqual({ from: first.first_played_at, to: first.last_played_at });
    expect(second.skipped).toEqual({ ...first.skipped, duplicate_of_history: first.kept });
    expect(await harness.play(userId)).toEqual(plays);
    expect((await events(userId)).every(({ streams }) => streams !== null)).toBe(true);
  });

  it('of one file twice at once keeps each play once', async () => {
    const userId = newId();
    const rows = json(inventedRows(1_500));
    const reports = await Promise.all([1, 2, 3].map(() => harness.imported(userId, rows, AUDIO)));
    expect(reports.map(({ kept }) => kept).sort((a, b) => a - b)).toEqual([0, 0, 1_500]);
    for (const report of reports) expect(counted(report)).toBe(1_500);
    expect(await harness.play(userId)).toHaveLength(1_500);
    // Each has told it, so each may be taken back.
    const references = (await events(userId)).flatMap(({ streams }) => streams ?? []);
    expect(references).toHaveLength(3);
  });

  it('knows what Spotify told before', async () => {
    const userId = newId();
    await ingested(userId, [told(0, 0), told(1, -1_000), told(2, 60_000)]);
    const report = await harness.imported(userId, json(inventedRows(4)), AUDIO);
    expect(report).toMatchObject({ kept: 4, replaced: 2, skipped: {} });
    const plays = await harness.play(userId);
    expect(plays).toHaveLength(5);
    expect(plays.filter(({ ms_played }) => ms_played === null)).toHaveLength(1);
  });

  it('is known when Spotify tells the same afterwards', async () => {
    const userId = newId();
    await harness.imported(userId, json(inventedRows(4)), AUDIO);
    await ingested(userId, [told(0, 5_000), told(1, -30_000), told(2, 5_001), told(3, 90_000_000)]);
    const plays = await harness.play(userId);
    expect(plays.filter(({ source }) => source !== 'export')).toHaveLength(2);
    expect(plays).toHaveLength(6);
  });

  it('of account data is known to the extended history, which takes its place', async () => {
    const userId = newId();
    const account = json([0, 1, 2].map(inventedAccountRow));
    expect(await harness.imported(userId, account, 'StreamingHistory_music_0.json')).toMatchObject({
      kept: 3,
    });
    const extended = await harness.imported(userId, json(inventedRows(5)), AUDIO);
    expect(extended).toMatchObject({ kept: 5, replaced: 3, skipped: {} });
    const plays = await harness.play(userId);
    expect(plays).toHaveLength(5);
    expect(plays.some(({ track_id }) => String(track_id).startsWith('name:'))).toBe(false);
    const again = await harness.imported(userId, account, 'StreamingHistory_music_0.json');
    expect(again).toMatchObject({ kept: 0, skipped: { duplicate_of_history: 3 } });
  });

  it('of account data and what Spotify tells are matched by names, whichever comes first', async () => {
    const row = inventedRow(1);
    const [first, second] = [newId(), newId()];
    const track = {
      track_id: String(row.spotify_track_uri).slice(-22),
      played_at: new Date(String(row.ts)).toISOString(),
    };
    // Spotify names the tracks that it tells of.
    const [name, artist] = [row.master_metadata_track_name, row.master_metadata_album_artist_name].map(
      String,
    );
    const named = { id: track.track_id, name: `${name}`, artists: [{ id: 'of-spotify', name: `${artist}` }] };
    await harness.service.get<TrackCatalogue>(TrackCatalogue).keep([named], new Date());
    const account = json([inventedAccountRow(1)]);
    await ingested(first, [track]);
    const after = await harness.imported(first, account, 'StreamingHistory_music_0.json');
    expect(after).toMatchObject({ kept: 1, replaced: 1, skipped: {} });
    await harness.imported(second, account, 'StreamingHistory_music_0.json');
    await ingested(second, [track]);
    for (const userId of [first, second]) expect(await harness.play(userId)).toHaveLength(1);
  });

  it('whose plays are lost from storage is said to be, and stops nobody else', async () => {
    const [unlucky, other] = [newId(), newId()];
    const lost = await harness.imported(unlucky, json(inventedRows(5)), AUDIO);
    const [event] = await events(unlucky);
    await harness.storage().delete(event?.streams?.key ?? '');
    await rebuildPlays();
    expect(await harness.report(lost.import_id)).toEqual({ ...lost, plays_lost: true });
    expect(await harness.play(unlucky)).toEqual([]);
    expect(await harness.imported(other, json(inventedRows(5)), AUDIO)).toMatchObject({ kept: 5 });
    expect(await harness.imported(unlucky, json(inventedRows(5)), AUDIO)).toMatchObject({ kept: 5 });
    expect(await harness.play(unlucky)).toHaveLength(5);
  });

  async function rebuildPlays(): Promise<void> {
    await harness.service.close();
    await rebuild(rebuildable, ['plays'], harness.environment);
    await harness.start();
    const { stream, filters } = consumers.plays;
    const last = await Promise.all(filters.map((filter) => harness.store.last(stream, filter)));
    const sequence = Math.max(...last.map((event) => event?.sequence ?? 0));
    const progress = harness.service.get<ProjectionProgress>(ProjectionProgress);
    await progress.reached(consumers.plays, sequence, new AbortController().signal);
  }

  it('that is done again after its event gives the same report, once', async () => {
    const userId = newId();
    const upload = await harness.upload(json(inventedRows(7)));
    // As a process leaves it that dies between the event and the acknowledgement: all but the end of the job.
    const log = harness.service.get(ImportLog);
    const append = log.append.bind(log);
    let appends = 0;
    log.append = async (...given) => {
      const appended = await append(...given);
      appends += 1;
      if (appends === 1) throw new Error('as if the process had died');
      return appended;
    };
    const jobId = await harness.requestImport(userId, upload, AUDIO);
    const { task } = await harness.ended(jobId);
    log.append = append;
    expect(task).toMatchObject({
      status: 'SUCCESS',
      attempt: 2,
      result: { import_id: jobId, rows: 7, kept: 7 },
    });
    expect(await events(userId)).toHaveLength(1);
    expect(await harness.play(userId)).toHaveLength(7);
    expect(await harness.report(jobId)).toMatchObject({ import_id: jobId, kept: 7 });
  });

  it('that is cancelled stops, and has kept nothing', async () => {
    const userId = newId();
    const upload = await harness.upload(json(inventedRows(40_000)));
    const before = await harness.objectMessages();
    const jobId = await harness.requestImport(userId, upload, AUDIO);
    await eventually('it has begun', async () => temporaryFiles().length > 0);
    await harness.revoke(jobId, userId);
    await eventually('it has stopped', () => temporaryFiles().length === 0);
    expect((await harness.ended(jobId)).task.status).toBe('REVOKED');
    expect(await harness.listening(userId)).toEqual([]);
    await eventually('the upload is gone', async () => (await harness.objectMessages()) < before);
  });

  it('says so when the upload is gone', async () => {
    const upload = await harness.upload(json(inventedRows(1)));
    await harness.storage().delete(upload.key);
    const { task } = await harness.ended(await harness.requestImport(newId(), upload, AUDIO));
    expect(task).toMatchObject({ status: 'FAILURE', error: { code: 'UPLOAD_MISSING' } });
  });

  it('of something unknown has no report', async () => {
    expect(await harness.report(newId())).toBeNull();
  });

  it('is the same rows again after a rebuild', async () => {
    const all = () =>
      harness
        .orm()
        .em.fork()
        .execute('select * from play order by id')
        .then(async (play) => ({
          play,
          unused: await harness.orm().em.fork().execute('select * from unused_telling order by id, sequence'),
          reports: await harness.orm().em.fork().execute('select * from import_report order by id'),
        }));
    const before = await all();
    expect(before.play.length).toBeGreaterThan(1_500);
    expect(before.unused.length).toBeGreaterThan(3_000);
    await rebuildPlays();
    expect(await all()).toEqual(before);
  });

  const real = fileURLToPath(
    new URL('../../../../shared/data/exports/Streaming_History_Audio_2024_1.json', import.meta.url),
  );
  if (existsSync(real)) {
    it('accounts for all 39 rows of a real export', async () => {
      const report = await harness.imported(
        newId(),
        readFileSync(real),
        'Streaming_History_Audio_2024_1.json',
      );
      expect(report.rows).toBe(39);
      expect(counted(report)).toBe(39);
      expect(report.unreadable).toEqual([]);
      expect(report.kept).toBeGreaterThan(0);
    });
  } else {
    it('accounts for all 39 rows of an invented export, because the real one is not on this machine', async () => {
      const report = await harness.imported(newId(), json(inventedRows(39)), AUDIO);
      expect(report).toMatchObject({ rows: 39, kept: 39 });
    });
  }
});
