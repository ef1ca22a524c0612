import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { consumers } from '@undertone/contracts/consumers';
import { listHistory } from '@undertone/contracts/listening/history';
import { HistoryImported } from '@undertone/contracts/listening/history-imported';
import { PlaysFetched } from '@undertone/contracts/listening/plays-fetched';
import { getSnapshot, listSnapshots } from '@undertone/contracts/listening/rpc';
import { listTrends } from '@undertone/contracts/listening/trends';
import { listeningAggregate } from '@undertone/contracts/subjects';
import type { NewEvent } from '@undertone/platform/event-store/cloudevents';
import { recordOnce } from '@undertone/platform/event-store/record-once';
import { newId } from '@undertone/platform/ids/ids';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ImportHarness, startImportHarness } from './import-harness.js';
import { recordGap } from './recorded-gap.js';
import { recordSnapshot } from './recorded-snapshots.js';

/** What a log of an earlier release has, which took every time for true. */
describe('plays of a time to come that an earlier release kept', () => {
  let harness: ImportHarness;
  const userId = newId();
  const importId = newId();
  const IMPORTED_AT = '2026-11-20T12:00:00.000Z';
  const LAST = '2026-11-18T20:00:00.000Z';
  const TIMES = ['2026-11-17T20:00:00.000Z', LAST, '2026-11-20T13:00:01.000Z', '2038-01-19T03:14:07.000Z'];

  async function record(event: Pick<NewEvent, 'definition' | 'data'>): Promise<void> {
    const whole = { id: newId(), time: new Date(), source: 'test', ...event } as NewEvent;
    const { sequence } = await recordOnce(harness.store, listeningAggregate(userId), whole, { upTo: 0 });
    const progress = harness.service.get<ProjectionProgress>(ProjectionProgress);
    await progress.reached(consumers.plays, sequence, new AbortController().signal);
  }

  beforeAll(async () => {
    harness = await startImportHarness();
    const lines = TIMES.map((played_at, n) => ({
      id: newId(),
      track_id: `track-${n}`,
      played_at,
      ms_played: 200_000,
      track: `Lantern ${n}`,
      artist: 'Moss Choir',
      album: null,
    }));
    const bytes = gzipSync(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const streams = await harness
      .storage()
      .put(`plays/${userId}/${newId()}`, Readable.from([bytes]), Number.POSITIVE_INFINITY);
    await record({
      definition: HistoryImported,
      data: {
        import_id: importId,
        user_id: userId,
        rows: 4,
        kept: 4,
        skipped: {},
        files: [],
        unreadable: [],
        first_played_at: TIMES[0],
        last_played_at: TIMES[3],
        covers: { from: TIMES[0], to: TIMES[3] },
        imported_at: IMPORTED_AT,
        streams,
      },
    });
    await record({
      definition: PlaysFetched,
      data: {
        user_id: userId,
        source: 'spotify',
        fetched_at: IMPORTED_AT,
        plays: [
          { track_id: 'told', played_at: '2026-12-24T00:00:00.000Z' },
          { track_id: 'told', played_at: '2026-11-19T20:00:00.000Z' },
        ],
      },
    });
  });
  afterAll(() => harness.stop());

  const asked = { user_id: userId, time_zone: 'UTC', limit: 50 };

  it('are none any more, in the history, in trends and in the report', async () => {
    const { items } = await harness.rpc.ask(listHistory, asked);
    expect(items.map(({ played_at }) => played_at)).toEqual(['2026-11-19T20:00:00.000Z', LAST, TIMES[0]]);
    const to = '2038-02-01';
    const trends = await harness.rpc.ask(listTrends, { ...asked, bucket: 'month', from: '2026-11-01', to });
    expect(trends.items.every(({ plays }) => plays === 0)).toBe(true);
    expect(await harness.report(importId)).toMatchObject({
      last_played_at: LAST,
      covers: { from: TIMES[0], to: LAST },
    });
  });

  it('close no gap that came after the import’s last play', async () => {
    const gap = { after: '2026-11-19T00:00:00.000Z', before: '2026-11-19T19:00:00.000Z' };
    await recordGap(harness, userId, gap);
    const { items } = await harness.rpc.ask(listHistory, asked);
    expect(items.find(({ possible_gap_since }) => possible_gap_since)).toMatchObject({
      possible_gap_since: gap.after,
    });
  });

  it('have left a snapshot that is nobody’s newest, and that the next ingest puts right', async () => {
    const early = await recordSnapshot(harness, userId, '2026-11-18', 'short_term');
    const late = await recordSnapshot(
      harness,
      userId,
      '2038-01-19',
      'short_term',
      '2026-11-20T12:00:00.000Z',
    );
    const shown = { user_id: userId, limit: 50 };
    expect((await harness.rpc.ask(listSnapshots, shown)).items.map(({ id }) => id)).toEqual([early]);
    expect((await harness.rpc.ask(getSnapshot, { snapshot_id: late })).snapshot?.snapshot_date).toBe(
      '2038-01-19',
    );
    harness.tokens.refuse(userId, { code: 'NOT_LINKED', status: 409, message: 'link first' }, 9);
    const { task } = await harness.ingest(userId, 'short_term');
    expect(task.status).toBe('SUCCESS');
    expect((await harness.rpc.ask(listSnapshots, shown)).items).toMatchObject([
      { snapshot_date: '2026-11-18', total_plays_analyzed: 2, weighting: 'plays' },
    ]);
  });
});
