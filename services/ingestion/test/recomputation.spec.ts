import { consumers } from '@undertone/contracts/consumers';
import { PlaysFetched } from '@undertone/contracts/listening/plays-fetched';
import { getSnapshot, listSnapshots } from '@undertone/contracts/listening/rpc';
import { moodNames, type Snapshot } from '@undertone/contracts/listening/snapshot';
import { SnapshotComputed } from '@undertone/contracts/listening/snapshot-computed';
import { listeningAggregate } from '@undertone/contracts/subjects';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { newId } from '@undertone/platform/ids/ids';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { moodV1 } from '../src/moods/mood-v1.js';
import { reclassify } from '../src/reclassify.js';
import { reclassifySnapshots } from '../src/snapshots/reclassify-snapshots.js';
import { verify } from '../src/verify-snapshots.js';
import { jsonFile, playRows } from './exported-catalogue.js';
import { type ImportHarness, startImportHarness } from './import-harness.js';

describe('snapshots of both sources', () => {
  let harness: ImportHarness;
  /** The first two listen over an API, the third has an export, the fourth both. */
  const people = [newId(), newId(), newId(), newId()] as const;
  const [ada, ben, , dan] = people;
  beforeAll(async () => {
    harness = await startImportHarness({ MOOD_CLASSIFIER: 'mood-v0' });
    for (const userId of [ada, ben]) {
      for (const range of ['short_term', 'medium_term', 'long_term'] as const)
        await harness.ingest(userId, range);
    }
    const tracks = harness.simulator.catalogue.tracks.slice(0, 80);
    const rows = playRows(tracks, 300) as { ts: string; spotify_track_uri: string }[];
    // What an API tells: first plays that an export has too, in the middle of the streams, and one that it has not.
    const plays = rows.slice(0, 20).map(({ ts, spotify_track_uri }) => ({
      track_id: spotify_track_uri.slice(-22),
      played_at: new Date(Date.parse(ts) - 60_000).toISOString(),
    }));
    await told(dan, [...plays, { track_id: String(tracks[70]?.id), played_at: '2026-10-29T03:00:00.000Z' }]);
    for (const userId of people.slice(2)) await imported(userId, rows);
    // And afterwards plays of which some are in the export, and an export that goes on.
    await told(
      dan,
      plays.slice(10).map((play) => ({ ...play, played_at: `${play.played_at.slice(0, 19)}.500Z` })),
    );
    await imported(dan, playRows(tracks.toReversed(), 40, 11));
  });
  afterAll(() => harness.stop());

  async function told(userId: string, plays: { track_id: string; played_at: string }[]): Promise<void> {
    const aggregate = listeningAggregate(userId);
    const last = await harness.store.last(aggregate.stream, aggregate.filter);
    const data = { user_id: userId, source: 'spotify' as const, fetched_at: new Date().toISOString(), plays };
    const event = { definition: PlaysFetched, id: newId(), data, time: new Date(), source: 'test' };
    const { sequence } = await harness.store.append(aggregate, event, last?.sequence ?? 0);
    const progress = harness.service.get<ProjectionProgress>(ProjectionProgress);
    await progress.reached(consumers.plays, sequence, new AbortController().signal);
  }
  async function imported(userId: string, rows: readonly object[]): Promise<void> {
    const report = await harness.imported(userId, jsonFile(rows), 'Streaming_History_Audio_2026_0.json');
    const { task } = await harness.ended(report.snapshots_task_id ?? '');
    expect(task.status).toBe('SUCCESS');
  }
  async function verified() {
    const differences: string[] = [];
    const sum = await verify(harness.environment, undefined, (line) => differences.push(line));
    return { ...sum, differences };
  }
  const current = async (): Promise<Snapshot[]> => {
    const pages = people.map((user_id) => harness.rpc.ask(listSnapshots, { user_id, limit: 50 }));
    return (await Promise.all(pages)).flatMap(({ items }) => items);
  };
  const facts = async () =>
    (await Promise.all(people.map((userId) => harness.listening(userId))))
      .flat()
      .flatMap((event) => SnapshotComputed.read(event) ?? []);
  const caughtUp = async () => {
    const last = await harness.store.last('LISTENING', 'listening.*.snapshot-computed');
    const progress = harness.service.get<ProjectionProgress>(ProjectionProgress);
    await progress.reached(consumers.listeningSnapshots, last?.sequence ?? 0, new AbortController().signal);
  };

  it('are computed again by another program, from the log and the stored features, and equal to 1e-9', async () => {
    const { snapshots, numbers, differences } = await verified();
    console.log(
      `${snapshots} snapshots computed again: ${numbers} numbers, ${differences.length} differences`,
    );
    expect(differences).toEqual([]);
    expect(snapshots).toBe(15);
    const sources = (await current()).map(({ source, weighting }) => `${source} ${weighting}`);
    expect(new Set(sources)).toEqual(new Set(['simulator tracks', 'export plays']));
    // Something was known of, and something was not.
    for (const { audio_features } of await current()) {
      expect(audio_features.coverage).toBeGreaterThan(0.1);
      expect(audio_features.coverage).toBeLessThan(1);
    }
    // Of both kinds some are of enough tracks for every number.
    const whole = (await current()).filter(({ mood_diversity_score: score }) => score !== null);
    expect(new Set(whole.map(({ weighting }) => weighting))).toEqual(new Set(['tracks', 'plays']));
  });

  it('are not equal when a stored feature is another one, and the program says which numbers', async () => {
    const em = harness.orm().em.fork();
    const change = (by: number) =>
      em.execute(
        'update audio_features set valence = valence + ? where track_id in (select track_id from audio_features order by fetched_at limit 1)',
        [by],
      );
    await change(0.001);
    const { differences } = await verified();
    expect(differences.some((line) => line.includes('audio_features.avg_valence: stored'))).toBe(true);
    await change(-0.001);
    expect((await verified()).differences).toEqual([]);
  });

  it('get the better classifier by a rebuild that may be broken off, and the old ones stay readable', async () => {
    const before = await current();
    const [rows, log] = [before.length, (await facts()).length];
    expect(before.every(({ classifier_version }) => classifier_version === 'mood-v0')).toBe(true);
    await harness.restart({ MOOD_CLASSIFIER: 'mood-v1' });

    // As a process that dies after its fourth write.
    const dying = await EventStore.open(await harness.infrastructure.connect());
    const append = dying.append.bind(dying);
    let writes = 0;
    dying.append = async (...given) => {
      writes += 1;
      if (writes > 4) throw new Error('as if the process had died');
      return append(...given);
    };
    await expect(reclassifySnapshots(harness.orm(), dying, moodV1)).rejects.toThrow('as if');

    const environment = { ...harness.environment, MOOD_CLASSIFIER: 'mood-v1' };
    // Two at once, neither of which waits for the projection of the four.
    const both = await Promise.all([reclassify(environment), reclassify(environment)]);
    expect(both.reduce((sum, { replaced }) => sum + replaced, 0) + 4).toBe(rows);
    expect(both.map(({ left }) => left)).toEqual([0, 0]);
    expect(await facts()).toHaveLength(log + rows);
    await caughtUp();
    expect(await reclassify(environment)).toEqual({ replaced: 0, left: 0 });
    expect(await facts()).toHaveLength(log + rows);

    const after = await current();
    const placeOf = ({ user_id, snapshot_date, time_range }: Snapshot) =>
      `${user_id} ${snapshot_date} ${time_range}`;
    const byPlace = new Map(after.map((snapshot) => [placeOf(snapshot), snapshot]));
    expect(byPlace.size).toBe(rows);
    let changed = 0;
    for (const old of before) {
      const now = byPlace.get(placeOf(old));
      const { id, classifier_version, mood_patterns, mood_diversity_score, created_at, ...rest } = old;
      expect(now).toMatchObject({ ...rest, classifier_version: 'mood-v1' });
      expect(now?.id).not.toBe(id);
      if (moodNames.some((mood) => now?.mood_patterns[mood].track_count !== mood_patterns[mood].track_count))
        changed += 1;
      const { snapshot } = await harness.rpc.ask(getSnapshot, { snapshot_id: id });
      expect(snapshot).toEqual(old);
    }
    expect(changed).toBeGreaterThan(0);
    // The numbers are those of the rule: the other program has its own wording of both.
    const { snapshots, differences } = await verified();
    expect(differences).toEqual([]);
    expect(snapshots).toBe(15 + rows);
  });
});
