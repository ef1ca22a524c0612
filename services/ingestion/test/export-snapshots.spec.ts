import { computeExportSnapshots } from '@undertone/contracts/jobs/compute-export-snapshots';
import { listHistory, type PlayedTrack } from '@undertone/contracts/listening/history';
import { listSnapshots } from '@undertone/contracts/listening/rpc';
import { moodNames, type Snapshot } from '@undertone/contracts/listening/snapshot';
import { SnapshotComputed } from '@undertone/contracts/listening/snapshot-computed';
import { listTrends } from '@undertone/contracts/listening/trends';
import { newId } from '@undertone/platform/ids/ids';
import { requestJob } from '@undertone/platform/jobs/request-job';
import { freePort } from '@undertone/platform/test-kit/servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonFile, playRow, playRows } from './exported-catalogue.js';
import { type ImportHarness, startImportHarness } from './import-harness.js';

const FILE = 'Streaming_History_Audio_2026_0.json';

async function imported(harness: ImportHarness, userId: string, rows: readonly object[]) {
  const report = await harness.imported(userId, jsonFile(rows), FILE);
  const snapshots = report.snapshots_task_id ? await harness.ended(report.snapshots_task_id) : undefined;
  return { report, snapshots: snapshots?.task };
}
const shown = async (harness: ImportHarness, userId: string): Promise<Snapshot[]> =>
  (await harness.rpc.ask(listSnapshots, { user_id: userId, limit: 50 })).items;
const computed = async (harness: ImportHarness, userId: string) =>
  (await harness.listening(userId)).flatMap((event) => SnapshotComputed.read(event) ?? []);

describe('after an import', () => {
  let harness: ImportHarness;
  beforeAll(async () => {
    harness = await startImportHarness();
  });
  afterAll(() => harness.stop());

  it('there are snapshots of the three ranges that end with the last day, and the import says which task makes them', async () => {
    const userId = newId();
    const tracks = harness.simulator.catalogue.tracks.slice(0, 60);
    const rows = playRows(tracks, 400);
    const { report, snapshots } = await imported(harness, userId, rows);
    expect(snapshots).toMatchObject({ status: 'SUCCESS', job_type: 'compute-export-snapshots' });

    const all = await shown(harness, userId);
    expect(snapshots?.result).toEqual({
      import_id: report.import_id,
      snapshot_ids: Object.fromEntries(all.map(({ time_range, id }) => [time_range, id])),
    });
    // 7 hours apart: 96 in four weeks, all 400 in less than 26 weeks.
    const plays = Object.fromEntries(all.map((one) => [one.time_range, one.total_plays_analyzed]));
    expect(plays).toEqual({ short_term: 96, medium_term: 400, long_term: 400 });
    for (const one of all) {
      expect(one).toMatchObject({
        source: 'export',
        weighting: 'plays',
        snapshot_date: '2026-10-30',
        classifier_version: 'mood-v1',
        audio_features: { source: 'simulator' },
        top_genres: [],
        genre_coverage: 0,
      });
      expect(one.audio_features.coverage).toBeGreaterThan(0);
      expect(one.audio_features.avg_valence).not.toBeNull();
      const moods = moodNames.map((mood) => one.mood_patterns[mood]);
      expect(moods.reduce((sum, { play_count }) => sum + (play_count ?? 0), 0)).toBe(
        one.total_plays_analyzed,
      );
      expect(moods.reduce((sum, { track_count }) => sum + track_count, 0)).toBe(one.total_tracks_analyzed);
    }
    // No name of a track or an artist is in the log.
    const log = JSON.stringify(await computed(harness, userId));
    expect(tracks.filter(({ name }) => log.includes(name))).toEqual([]);
  });

  it('a mood says how firmly its plays have it: in the history, in trends and in the snapshot alike', async () => {
    const userId = newId();
    const rows = playRows(harness.simulator.catalogue.tracks.slice(0, 40), 120);
    await imported(harness, userId, rows);
    const asked = { user_id: userId, time_zone: 'UTC' };
    const { items } = await harness.rpc.ask(listHistory, { ...asked, limit: 200 });
    expect(items).toHaveLength(120);
    const months = await harness.rpc.ask(listTrends, { ...asked, bucket: 'month', limit: 50 });
    const year = (await shown(harness, userId)).find(({ time_range }) => time_range === 'long_term');
    const meanOf = (plays: readonly PlayedTrack[]) =>
      plays.reduce((sum, { mood_confidence }) => sum + (mood_confidence ?? Number.NaN), 0) / plays.length;
    const sorted = moodNames.filter((mood) => mood !== 'unknown');
    for (const mood of sorted) {
      const plays = items.filter((play) => play.mood === mood);
      if (plays.length === 0) expect(year?.mood_patterns[mood]).not.toHaveProperty('confidence');
      else expect(year?.mood_patterns[mood].confidence).toBeCloseTo(meanOf(plays), 9);
      for (const { from, to, mood_confidence } of months.items) {
        const within = plays.filter(({ played_at }) => played_at >= from && played_at.slice(0, 10) <= to);
        if (within.length === 0) expect(mood_confidence?.[mood]).toBeNull();
        else expect(mood_confidence?.[mood]).toBeCloseTo(meanOf(within), 9);
      }
    }
    const unsorted = items.filter(({ mood }) => mood === 'unknown');
    expect(unsorted.length).toBeLessThan(items.length);
    for (const play of unsorted) expect(play).not.toHaveProperty('mood_confidence');
  });

  it('artists are counted by plays, and each track of theirs once', async () => {
    const userId = newId();
    const byArtist = Map.groupBy(harness.simulator.catalogue.tracks, (track) => track.artists[0].name);
    const [many] = [...byArtist.values()].filter((tracks) => tracks.length >= 2);
    const [one, two] = many ?? [];
    const other = harness.simulator.catalogue.tracks.find(
      ({ artists }) => artists[0].name !== one?.artists[0].name,
    );
    if (!one || !two || !other) throw new Error('the catalogue has no such tracks');
    const at = (minute: number) => `2026-09-01T10:${String(minute).padStart(2, '0')}:00Z`;
    await imported(
      harness,
      userId,
      [one, two, two, one, one, other].map((track, n) => playRow(track, at(n * 5))),
    );
    const [snapshot] = await shown(harness, userId);
    expect(snapshot?.top_artists).toMatchObject([
      { track_count: 2, play_count: 5 },
      { track_count: 1, play_count: 1 },
    ]);
    // Three tracks: too few for a mean, and said so.
    expect(snapshot).toMatchObject({
      total_tracks_analyzed: 3,
      total_plays_analyzed: 6,
      audio_features: { avg_valence: null, std_valence: null },
      mood_diversity_score: null,
    });
  });

  it('that keeps nothing there is nothing to compute', async () => {
    const userId = newId();
    const rows = playRows(harness.simulator.catalogue.tracks.slice(0, 5), 10);
    await imported(harness, userId, rows);
    const before = await computed(harness, userId);
    const { report } = await imported(harness, userId, rows);
    expect(report).toMatchObject({ kept: 0, snapshots_task_id: null });
    expect(await computed(harness, userId)).toEqual(before);
  });

  it('the same computed a second time is no second fact, and more plays of the same days replace it', async () => {
    const userId = newId();
    const rows = playRows(harness.simulator.catalogue.tracks.slice(0, 40), 60);
    const { report, snapshots } = await imported(harness, userId, rows.slice(0, 50));
    const again = await harness.ended(
      await requestJob(harness.store, computeExportSnapshots, {
        payload: { user_id: userId, import_id: report.import_id },
        lane: 'interactive',
        source: 'test',
      }),
    );
    expect(again.task.result).toEqual(snapshots?.result);
    expect(await computed(harness, userId)).toHaveLength(3);

    await imported(
      harness,
      userId,
      [rows[0] as object, ...rows.slice(50)].map((row) => ({ ...row, shuffle: true })),
    );
    await imported(harness, userId, [
      playRow(harness.simulator.catalogue.tracks[0] as never, '2026-10-30T23:59:59Z'),
    ]);
    const all = await shown(harness, userId);
    const current = all.filter(({ snapshot_date }) => snapshot_date === '2026-10-30');
    expect(
      current.map(({ time_range, total_plays_analyzed }) => [time_range, total_plays_analyzed]).sort(),
    ).toEqual([
      ['long_term', 61],
      ['medium_term', 61],
      ['short_term', 61],
    ]);
  });

  it('of an older time, the snapshots that reach into it are computed again', async () => {
    const people = [newId(), newId()] as const;
    const [older, newer] = ['2026-03-01', '2026-08-01'].map(
      (day) => (userId: string) =>
        imported(
          harness,
          userId,
          harness.simulator.catalogue.tracks.slice(0, 3).map((track) => playRow(track, `${day}T10:00:00Z`)),
        ),
    ) as [(userId: string) => Promise<unknown>, (userId: string) => Promise<unknown>];
    const [inOrder, reversed] = people;
    await older(inOrder);
    await newer(inOrder);
    await newer(reversed);
    await older(reversed);
    const counts = async (userId: string) =>
      (await shown(harness, userId))
        .map(({ snapshot_date, time_range, total_plays_analyzed }) =>
          [snapshot_date, time_range, total_plays_analyzed].join(' '),
        )
        .sort();
    expect(await counts(inOrder)).toEqual([
      '2026-03-01 long_term 3',
      '2026-03-01 medium_term 3',
      '2026-03-01 short_term 3',
      '2026-08-01 long_term 6',
      '2026-08-01 medium_term 6',
      '2026-08-01 short_term 3',
    ]);
    expect(await counts(reversed)).toEqual(await counts(inOrder));
    const since = (await shown(harness, reversed)).map(({ snapshot_date, time_range, first_played_at }) =>
      [snapshot_date, time_range, first_played_at].join(' '),
    );
    expect(since).toContain('2026-08-01 long_term 2026-03-01T10:00:00.000Z');
    expect(since).toContain('2026-08-01 short_term 2026-08-01T10:00:00.000Z');
  });

  it('who linked no account gets a snapshot of their own plays for an ingest, the same one again', async () => {
    const userId = newId();
    const notLinked = { code: 'NOT_LINKED', status: 409, message: 'link first' };
    harness.tokens.refuse(userId, notLinked, 99);
    expect((await harness.ingest(userId, 'short_term')).task.error?.code).toBe('NOT_LINKED');
    await imported(harness, userId, playRows(harness.simulator.catalogue.tracks.slice(0, 40), 50));
    const short = (await shown(harness, userId)).find(({ time_range }) => time_range === 'short_term');
    const { task } = await harness.ingest(userId, 'short_term');
    expect(task).toMatchObject({
      status: 'SUCCESS',
      result: { snapshot_id: short?.id, reused: true, fetched_at: expect.any(String) },
    });
    expect(await computed(harness, userId)).toHaveLength(3);
  });
});

describe('without a provider of features and without a network', () => {
  let harness: ImportHarness;
  beforeAll(async () => {
    const nobody = `http://127.0.0.1:${await freePort()}`;
    harness = await startImportHarness({
      AUDIO_FEATURES: 'none',
      SPOTIFY_API_URL: nobody,
      RECCOBEATS_URL: nobody,
    });
  });
  afterAll(() => harness.stop());

  it('tracks, plays and artists are counted, and everything else is unknown', async () => {
    const userId = newId();
    const named = { ...playRow(harness.simulator.catalogue.tracks[0] as never, '2026-10-30T10:00:00Z') };
    const rows = [
      ...playRows(harness.simulator.catalogue.tracks.slice(0, 40), 50),
      { ...named, spotify_track_uri: null },
    ];
    const { snapshots } = await imported(harness, userId, rows);
    expect(snapshots?.status).toBe('SUCCESS');
    for (const one of await shown(harness, userId)) {
      expect(one).toMatchObject({
        audio_features: { source: 'none', coverage: 0, known_tracks: 0, avg_energy: null, std_energy: null },
        mood_patterns: {
          unknown: { percentage: 100, play_count: 51 },
          happy: { percentage: 0, play_count: 0 },
        },
        mood_diversity_score: null,
        total_plays_analyzed: 51,
      });
      expect(one.top_artists?.reduce((sum, { play_count }) => sum + (play_count ?? 0), 0)).toBe(51);
    }
  });
});
