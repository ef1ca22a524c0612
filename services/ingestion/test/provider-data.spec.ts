import { consumers } from '@undertone/contracts/consumers';
import { forgetSnapshots } from '@undertone/contracts/insight/rpc';
import { removeProviderData } from '@undertone/contracts/jobs/renew-plays';
import { listSnapshots } from '@undertone/contracts/listening/rpc';
import { SnapshotComputed } from '@undertone/contracts/listening/snapshot-computed';
import { listeningAggregate } from '@undertone/contracts/subjects';
import { newId } from '@undertone/platform/ids/ids';
import { requestJob } from '@undertone/platform/jobs/request-job';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import { rebuild } from '@undertone/platform/projections/rebuild-command';
import { answer } from '@undertone/platform/test-kit/answer';
import { inventedRow, inventedRows } from '@undertone/simulators/spotify/invented-export';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ListeningLog, ProviderDataGone } from '../src/listening-log/listening-log.js';
import { rebuildable } from '../src/rebuild.js';
import { verify } from '../src/verify-snapshots.js';
import { type ImportHarness, startImportHarness } from './import-harness.js';
import { recordGap } from './recorded-gap.js';

const AUDIO = 'Streaming_History_Audio_2019_0.json';

/** As an API tells a row of an export. */
const told = (row: Record<string, unknown>) => ({
  track_id: String(row.spotify_track_uri).slice(-22),
  played_at: new Date(String(row.ts)).toISOString(),
});

describe('what a provider told, when a person has it removed', () => {
  let harness: ImportHarness;
  let failures = 0;
  const forgotten: { user_id: string; snapshot_ids: string[] }[] = [];
  beforeAll(async () => {
    harness = await startImportHarness();
    answer(await harness.infrastructure.connect({}, 'insight'), forgetSnapshots, (asked) => {
      failures -= 1;
      if (failures >= 0) throw { code: 'READ_MODEL_BEHIND', status: 503, message: 'a test said so' };
      forgotten.push(asked);
      return { insights: 0, events: 0 };
    });
  });
  afterAll(() => harness.stop());

  async function imported(userId: string, rows: readonly unknown[]): Promise<void> {
    const report = await harness.imported(userId, Buffer.from(JSON.stringify(rows)), AUDIO);
    await harness.ended(report.snapshots_task_id ?? '');
  }
  async function removed(userId: string) {
    const jobId = await requestJob(harness.store, removeProviderData, {
      payload: { user_id: userId, provider: 'spotify' },
      lane: 'interactive',
      source: 'test',
    });
    const { task } = await harness.ended(jobId);
    expect(task).toMatchObject({ status: 'SUCCESS' });
    return removeProviderData.result.parse(task.result);
  }
  const plays = async (userId: string) =>
    (await harness.play(userId)).map(({ sequence: _, ...play }) => play);
  const snapshots = async (userId: string) =>
    (await harness.rpc.ask(listSnapshots, { user_id: userId, limit: 50 })).items;
  const log = (userId: string) => harness.store.read(listeningAggregate(userId));
  const names = async (userId: string) => (await log(userId)).map(({ type }) => type.split('.').at(-1));

  it('leaves what exports told, counted as if the provider had never told anything', async () => {
    const [ada, ben] = [newId(), newId()];
    // Ben never had a provider.
    await imported(ben, inventedRows(6));
    const theirs = await plays(ben);

    await harness.ingest(ada, 'short_term');
    await harness.fetched(ada, [told(inventedRow(2)), told(inventedRow(30))]);
    await recordGap(harness, ada, { after: '2019-01-01T00:19:00.000Z', before: '2019-01-01T00:22:00.000Z' });
    await imported(ada, inventedRows(6));
    expect(await plays(ada)).toHaveLength(theirs.length + 1 + (await fetchedPlays(ada)));
    const before = (await snapshots(ada)).map(({ id }) => id);

    const { snapshot_ids, removed: gone } = await removed(ada);

    const comparable = (all: Record<string, unknown>[]) => all.map(({ id, user_id, ...play }) => play);
    expect(comparable(await plays(ada))).toEqual(comparable(theirs));
    const shown = await snapshots(ada);
    expect(shown.map(({ id }) => id).sort()).toEqual([...snapshot_ids].sort());
    const counts = (all: typeof shown) =>
      all.map(({ snapshot_date, time_range, source, audio_features, total_plays_analyzed: plays }) => ({
        ...{ snapshot_date, time_range, source, audio_features, plays },
      }));
    expect(counts(shown)).toEqual(counts(await snapshots(ben)));
    expect(forgotten).toEqual([
      expect.objectContaining({ user_id: ada, snapshot_ids: expect.arrayContaining(before) }),
    ]);
    expect(forgotten[0]?.snapshot_ids).not.toEqual(expect.arrayContaining(snapshot_ids));
    expect(gone.snapshots).toBe(forgotten[0]?.snapshot_ids.length);
    expect(new Set(await names(ada))).toEqual(
      new Set(['history-imported', 'provider-data-removed', 'snapshot-computed']),
    );
    const left = (await log(ada)).flatMap((event) => SnapshotComputed.read(event)?.snapshot_id ?? []);
    expect(left.sort()).toEqual([...snapshot_ids].sort());
    for (const table of ['kept_list', 'possible_gap', 'unused_telling']) {
      expect(await rows(table, ada)).toEqual([]);
    }
    const verified = await verify(harness.environment, ada, (line) => expect(line).toBe(''));
    expect(verified).toMatchObject({ differences: 0 });
  });

  it('does not come back by a rebuild, and comes again where the person connects again', async () => {
    const cleo = newId();
    await harness.ingest(cleo, 'short_term');
    await imported(cleo, inventedRows(4));
    await removed(cleo);
    const [before, shown] = [await plays(cleo), await snapshots(cleo)];
    expect(before).toHaveLength(4);

    await harness.service.close();
    await rebuild(rebuildable, ['plays', 'listening-snapshots'], harness.environment);
    await harness.start();
    const progress = harness.service.get<ProjectionProgress>(ProjectionProgress);
    for (const consumer of [consumers.plays, consumers.listeningSnapshots]) {
      for (const filter of consumer.filters) {
        const last = await harness.store.last(consumer.stream, filter);
        await progress.reached(consumer, last?.sequence ?? 0, new AbortController().signal);
      }
    }
    expect(await plays(cleo)).toEqual(before);
    expect(await snapshots(cleo)).toEqual(shown);

    const { task } = await harness.ingest(cleo, 'short_term');
    expect(task).toMatchObject({ status: 'SUCCESS', result: { reused: false } });
    expect((await plays(cleo)).length).toBeGreaterThan(4);
  });

  it('is not kept by a job that had it before, lists and snapshots alike', async () => {
    const eve = newId();
    await harness.ingest(eve, 'short_term');
    const [computed] = (await log(eve)).flatMap((event) => SnapshotComputed.read(event) ?? []);
    if (!computed) throw new Error('there is no snapshot');
    const listening = harness.service.get<ListeningLog>(ListeningLog);
    const known = await listening.current(eve);
    await removed(eve);
    const job = { jobId: newId(), userId: eve };
    const fetched_at = harness.clock().toISOString();
    const lists = { user_id: eve, time_range: 'long_term', source: 'spotify', fetched_at } as const;
    const data = { ...lists, top_tracks: ['a'], top_artists: [], plays: [] };
    const keeping = { type: 'keep lists', jobId: job.jobId, freshAfter: fetched_at, data } as const;
    await expect(listening.decide(eve, keeping, known)).rejects.toBeInstanceOf(ProviderDataGone);
    const recording = listening.recordSnapshot(job, computed, { upTo: known.sequence }, known.sequence);
    await expect(recording).rejects.toMatchObject({ code: 'PROVIDER_DATA_REMOVED' });
    expect(await names(eve)).toEqual(['provider-data-removed']);
  });

  it('is gone after a try that ended in the middle, and one more', async () => {
    const dora = newId();
    await harness.ingest(dora, 'short_term');
    await imported(dora, inventedRows(4));
    failures = 1;
    const { removed: gone } = await removed(dora);
    expect(gone.snapshots).toBeGreaterThan(0);
    expect(await plays(dora)).toHaveLength(4);
    const { removed: more } = await removed(dora);
    expect(more).toEqual({ events: 0, snapshots: 0, insights: 0 });
    expect(await plays(dora)).toHaveLength(4);
    expect(await snapshots(dora)).toHaveLength(3);
  });

  async function rows(table: string, userId: string): Promise<unknown[]> {
    return harness.orm().em.fork().execute(`select 1 from ${table} where user_id = ?`, [userId]);
  }
  async function fetchedPlays(userId: string): Promise<number> {
    const [row] = await harness
      .orm()
      .em.fork()
      .execute<{ plays: number }[]>(
        `select count(*)::int as plays from play where user_id = ? and source = 'simulator'`,
        [userId],
      );
    return row?.plays ?? 0;
  }
});
