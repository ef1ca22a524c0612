import { consumers } from '@undertone/contracts/consumers';
import { importHistory } from '@undertone/contracts/jobs/import-history';
import { chooseListenThreshold, takeBackImport } from '@undertone/contracts/jobs/renew-plays';
import {
  listImportRows,
  listImports,
  type ShownImport,
  type SkippedRow,
} from '@undertone/contracts/listening/import';
import { getListenThreshold, type ListenThreshold } from '@undertone/contracts/listening/listen-threshold';
import { PlaysFetched } from '@undertone/contracts/listening/plays-fetched';
import { listSnapshots } from '@undertone/contracts/listening/rpc';
import { listTop } from '@undertone/contracts/listening/top';
import { listTrends } from '@undertone/contracts/listening/trends';
import { listeningAggregate } from '@undertone/contracts/subjects';
import { recordOnce } from '@undertone/platform/event-store/record-once';
import { newId } from '@undertone/platform/ids/ids';
import { requestJob } from '@undertone/platform/jobs/request-job';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import { rebuild } from '@undertone/platform/projections/rebuild-command';
import { inventedAccountRow, inventedRow, inventedRows } from '@undertone/simulators/spotify/invented-export';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rebuildable } from '../src/rebuild.js';
import { verify } from '../src/verify-snapshots.js';
import { type ImportHarness, startImportHarness } from './import-harness.js';
import { recordGap } from './recorded-gap.js';

const AUDIO = 'Streaming_History_Audio_2019_0.json';
const json = (rows: readonly unknown[]) => Buffer.from(JSON.stringify(rows));

describe('what a person decides about their imports', () => {
  let harness: ImportHarness;
  beforeAll(async () => {
    harness = await startImportHarness();
  });
  afterAll(() => harness.stop());

  const progress = () => harness.service.get<ProjectionProgress>(ProjectionProgress);
  const plays = async (userId: string) =>
    (await harness.play(userId)).map(({ sequence: _, ...play }) => play);

  /** Imports, and waits for the snapshots that follow. */
  async function imported(userId: string, rows: readonly unknown[], name = AUDIO): Promise<ShownImport> {
    const report = await harness.imported(userId, json(rows), name);
    if (report.snapshots_task_id) await harness.ended(report.snapshots_task_id);
    return report;
  }
  async function done(jobId: string): Promise<void> {
    const { task } = await harness.ended(jobId);
    expect(task).toMatchObject({ status: 'SUCCESS' });
  }
  const takeBack = async (userId: string, import_id: string) =>
    done(
      await requestJob(harness.store, takeBackImport, {
        payload: { user_id: userId, import_id },
        lane: 'interactive',
        source: 'test',
      }),
    );
  const choose = async (userId: string, threshold: ListenThreshold | null) =>
    done(
      await requestJob(harness.store, chooseListenThreshold, {
        payload: { user_id: userId, threshold },
        lane: 'interactive',
        source: 'test',
      }),
    );
  const snapshots = async (userId: string) => {
    const { items } = await harness.rpc.ask(listSnapshots, { user_id: userId, limit: 50 });
    return items.map(({ snapshot_date, time_range, total_plays_analyzed }) =>
      [snapshot_date, time_range, total_plays_analyzed].join(' '),
    );
  };
  const shownSnapshots = (date: string, count: number) =>
    ['long_term', 'medium_term', 'short_term'].map((range) => `${date} ${range} ${count}`);

  async function fetched(userId: string, row: Record<string, unknown>): Promise<void> {
    const data = {
      user_id: userId,
      source: 'spotify' as const,
      fetched_at: '2026-11-20T00:00:00.000Z',
      plays: [
        {
          track_id: String(row.spotify_track_uri).slice(-22),
          played_at: new Date(String(row.ts)).toISOString(),
        },
      ],
    };
    const event = { definition: PlaysFetched, id: newId(), data, time: new Date(), source: 'test' };
    const { sequence } = await recordOnce(harness.store, listeningAggregate(userId), event, { upTo: 0 });
    await progress().reached(consumers.plays, sequence, new AbortController().signal);
  }

  it('an import that is taken back leaves every number, and what it had replaced returns', async () => {
    const userId = newId();
    await fetched(userId, inventedRow(8));
    await imported(userId, [0, 1, 2].map(inventedAccountRow), 'StreamingHistory_music_0.json');
    const before = await plays(userId);
    expect(before).toHaveLength(4);
    expect(await snapshots(userId)).toEqual(shownSnapshots('2019-01-01', 4));

    const extended = await imported(userId, [...inventedRows(20), inventedRow(500)]);
    expect(extended).toMatchObject({ kept: 21, replaced: 4 });
    expect(await plays(userId)).toHaveLength(21);
    expect((await snapshots(userId)).filter((one) => one.startsWith('2019-01-02'))).toHaveLength(3);

    await takeBack(userId, extended.import_id);
    expect(await plays(userId)).toEqual(before);
    expect((await snapshots(userId)).toSorted()).toEqual(shownSnapshots('2019-01-01', 4));
    const { items } = await harness.rpc.ask(listTop, {
      user_id: userId,
      time_zone: 'UTC',
      kind: 'tracks',
      by: 'count',
      limit: 50,
    });
    expect(items.reduce((sum, entry) => sum + entry.plays, 0)).toBe(4);
    expect(await harness.report(extended.import_id)).toBeNull();
    const verified = await verify(harness.environment, userId, (line) => expect(line).toBe(''));
    expect(verified.differences).toBe(0);
  });

  it('takes back nothing that another import told too, and may tell it again', async () => {
    const userId = newId();
    const first = await imported(userId, inventedRows(6));
    const second = await imported(userId, inventedRows(8));
    expect(second).toMatchObject({ kept: 2, skipped: { duplicate_of_history: 6 } });
    const all = await plays(userId);
    await takeBack(userId, first.import_id);
    expect(await plays(userId)).toEqual(all);
    await takeBack(userId, first.import_id);
    await takeBack(userId, second.import_id);
    expect(await plays(userId)).toEqual([]);
    expect(await snapshots(userId)).toEqual([]);
    expect(await imported(userId, inventedRows(8))).toMatchObject({ kept: 8, skipped: {} });
    expect(await plays(userId)).toEqual(all);
    expect(await snapshots(userId)).toEqual(shownSnapshots('2019-01-01', 8));
  });

  it('brings back the snapshot of the same day as it was, and the gap that the import had closed', async () => {
    const userId = newId();
    await recordGap(harness, userId, {
      after: '2019-01-01T00:19:00.000Z',
      before: '2019-01-01T00:22:00.000Z',
    });
    const gaps = async () => {
      const asked = { user_id: userId, time_zone: 'UTC', bucket: 'day' as const, limit: 5 };
      const day = { from: '2019-01-01', to: '2019-01-01' };
      const { items } = await harness.rpc.ask(listTrends, { ...asked, ...day });
      return items.map(({ plays, possible_gap }) => [plays, possible_gap ?? false]);
    };
    await imported(userId, inventedRows(6));
    expect(await snapshots(userId)).toEqual(shownSnapshots('2019-01-01', 6));
    expect(await gaps()).toEqual([[6, true]]);
    const { import_id } = await imported(userId, inventedRows(8));
    expect(await snapshots(userId)).toEqual(shownSnapshots('2019-01-01', 8));
    expect(await gaps()).toEqual([[8, false]]);
    await takeBack(userId, import_id);
    expect(await snapshots(userId)).toEqual(shownSnapshots('2019-01-01', 6));
    expect(await gaps()).toEqual([[6, true]]);
  });

  it('a person’s imports are listed newest first, without those that were taken back', async () => {
    const userId = newId();
    const ids: string[] = [];
    for (const from of [0, 10, 20]) ids.push((await imported(userId, inventedRows(2, from))).import_id);
    await takeBack(userId, ids[1] ?? '');
    const page = await harness.rpc.ask(listImports, { user_id: userId, limit: 1 });
    expect(page.items.map(({ import_id }) => import_id)).toEqual([ids[2]]);
    const rest = await harness.rpc.ask(listImports, { user_id: userId, limit: 5, cursor: page.next ?? '' });
    expect(rest).toMatchObject({ items: [{ import_id: ids[0], kept: 2 }], next: null });
  });

  it('every row that was not kept is named, by file, row and reason, in pages', async () => {
    const rows = [
      inventedRow(0),
      inventedRow(1, { incognito_mode: true }),
      inventedRow(0),
      inventedRow(2, { ms_played: 900, reason_end: 'fwdbtn' }),
      inventedRow(3, { ts: 'then' }),
      inventedRow(4),
      inventedRow(5, { ts: '2038-01-19T03:14:07Z' }),
    ];
    const { import_id } = await harness.imported(newId(), json(rows), AUDIO);
    const named: SkippedRow[] = [];
    let cursor: string | undefined;
    do {
      const { page } = await harness.rpc.ask(listImportRows, {
        import_id,
        limit: 2,
        ...(cursor && { cursor }),
      });
      named.push(...(page?.items ?? []));
      cursor = page?.next ?? undefined;
    } while (cursor);
    expect(named).toEqual([
      { file: AUDIO, row: 2, reason: 'incognito' },
      { file: AUDIO, row: 3, reason: 'duplicate_in_import' },
      { file: AUDIO, row: 4, reason: 'too_short_and_skipped' },
      { file: AUDIO, row: 5, reason: 'unreadable', detail: 'wrong or missing: ts' },
      { file: AUDIO, row: 7, reason: 'in_the_future' },
    ]);
    const reason = 'incognito';
    const { page } = await harness.rpc.ask(listImportRows, { import_id, reason, limit: 50 });
    expect(page).toEqual({ items: [named[0]], next: null });
    const nothing = await harness.imported(newId(), json(inventedRows(2)), AUDIO);
    const empty = await harness.rpc.ask(listImportRows, { import_id: nothing.import_id, limit: 5 });
    expect(empty.page).toEqual({ items: [], next: null });
    expect((await harness.rpc.ask(listImportRows, { import_id: newId(), limit: 5 })).page).toBeNull();
  });

  it('a dry run gives the whole report, and keeps nothing', async () => {
    const userId = newId();
    await imported(userId, inventedRows(3));
    const [events, objects] = [await harness.listening(userId), await harness.objectMessages()];
    const upload = await harness.upload(json([...inventedRows(5), {}]));
    const jobId = await requestJob(harness.store, importHistory, {
      payload: { user_id: userId, upload, file_name: AUDIO, dry_run: true },
      lane: 'interactive',
      source: 'test',
    });
    const { task } = await harness.ended(jobId);
    const counts = { rows: 6, kept: 2, skipped: { duplicate_of_history: 3, unreadable: 1 } };
    expect(task.result).toMatchObject({
      ...counts,
      snapshots_task_id: null,
      report: { ...counts, unreadable: [{ file: AUDIO, row: 6 }] },
    });
    expect(await harness.listening(userId)).toHaveLength(events.length);
    expect(await harness.objectMessages()).toBe(objects);
    expect(await plays(userId)).toHaveLength(3);
    expect(await harness.report(jobId)).toBeNull();
  });

  it('a threshold of one’s own takes the place of the rule, for what was imported before and since', async () => {
    const userId = newId();
    const length = (n: number, ms_played: number, change = {}) => inventedRow(n, { ms_played, ...change });
    const rows = [
      length(0, 5_000, { reason_end: 'fwdbtn' }),
      length(1, 20_000),
      length(2, 50_000, { reason_end: 'fwdbtn' }),
      length(3, 90_000),
      length(4, 0),
    ];
    await imported(userId, rows);
    const lengths = async () => (await plays(userId)).map(({ ms_played }) => ms_played);
    expect(await lengths()).toEqual([20_000, 50_000, 90_000]);
    const asked = { user_id: userId };
    expect(await harness.rpc.ask(getListenThreshold, asked)).toMatchObject({ threshold: null });

    const minute = { min_seconds: 60, min_share: null };
    await choose(userId, minute);
    expect(await lengths()).toEqual([90_000]);
    expect(await snapshots(userId)).toEqual(shownSnapshots('2019-01-01', 1));
    expect(await harness.rpc.ask(getListenThreshold, asked)).toMatchObject({ threshold: minute });
    const since = await imported(userId, [length(5, 59_000), length(6, 61_000)]);
    expect(since).toMatchObject({ kept: 1, skipped: { too_short_and_skipped: 1 } });

    await choose(userId, { min_seconds: 1, min_share: null });
    expect(await lengths()).toEqual([5_000, 20_000, 50_000, 90_000, 59_000, 61_000]);
    await choose(userId, null);
    expect(await lengths()).toEqual([20_000, 50_000, 90_000, 59_000, 61_000]);
    expect(await snapshots(userId)).toEqual(shownSnapshots('2019-01-01', 5));
  });

  it('is the same after a rebuild', async () => {
    const tables = ['play', 'unused_telling', 'listen_threshold', 'import_report'];
    const all = async () =>
      Promise.all(
        tables.map((table) => harness.orm().em.fork().execute(`select * from ${table} t order by t::text`)),
      );
    const before = await all();
    await harness.service.close();
    await rebuild(rebuildable, ['plays'], harness.environment);
    await harness.start();
    const { stream, filters } = consumers.plays;
    const last = await Promise.all(filters.map((filter) => harness.store.last(stream, filter)));
    const sequence = Math.max(...last.map((event) => event?.sequence ?? 0));
    await progress().reached(consumers.plays, sequence, new AbortController().signal);
    expect(await all()).toEqual(before);
  });
});
