import { MikroORM } from '@mikro-orm/postgresql';
import { insightType } from '@undertone/contracts/insight/insight';
import { forgetSnapshots, getInsight, giveFeedback, listInsights } from '@undertone/contracts/insight/rpc';
import { SnapshotsForgotten } from '@undertone/contracts/insight/snapshots-forgotten';
import type { Snapshot } from '@undertone/contracts/listening/snapshot';
import type { Trend } from '@undertone/contracts/listening/trends';
import { erasePerson, listKnownPeople } from '@undertone/contracts/personal-data/erasure';
import { getPrompt } from '@undertone/contracts/prompt/rpc';
import { listReplays } from '@undertone/contracts/replay/rpc';
import type { RpcDefinition } from '@undertone/contracts/rpc';
import { insightAggregate } from '@undertone/contracts/subjects';
import { inventedSnapshot } from '@undertone/contracts/test-kit/invented-snapshot';
import { newId } from '@undertone/platform/ids/ids';
import { answersToForgedCursors } from '@undertone/platform/test-kit/forged-cursors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GenerationFailures } from '../src/generation/generation-failures.js';
import type { InsightJob, InsightOrder } from '../src/generation/insight-orders.js';
import { InsightRecords, type Written } from '../src/generation/insight-records.js';
import { ReplayItem } from '../src/replay-run/replay-item.entity.js';
import { tallyReplay } from '../src/replay-run/replay-tally.js';
import { addToTotals } from '../src/replay-run/replay-total.js';
import { SnapshotForgotten } from '../src/snapshots/forgotten-snapshots.js';
import { HELP_LINE } from '../src/types/wellness/wellness.js';
import { type Harness, startHarness } from './harness.js';
import { SHIPPED } from './shipped.js';

describe('generating an insight from templates', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness();
  });
  afterAll(() => harness.stop());

  it('ends with an insight that can be read at once', async () => {
    const snapshot = inventedSnapshot();
    const { task } = await harness.generate(harness.keep(snapshot), snapshot.user_id, 'direct');
    expect(task).toMatchObject({ status: 'SUCCESS', attempt: 1 });
    const { insight } = await harness.rpc.ask(getInsight, { insight_id: String(task.result?.insight_id) });
    expect(insight).toMatchObject({
      user_id: snapshot.user_id,
      snapshot_id: snapshot.id,
      llm_model: 'template',
      tone_mode: 'direct',
      prompt_version: SHIPPED,
      prompt_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      source: 'spotify',
      prompt_tokens: null,
    });
    expect(insight?.content).toContain(insight?.structured_output.body);
    expect(insight?.content.endsWith(HELP_LINE)).toBe(true);
  });

  it('leaves one event', async () => {
    const snapshot = inventedSnapshot();
    await harness.generate(harness.keep(snapshot), snapshot.user_id);
    const events = await harness.store.read(insightAggregate(snapshot.user_id));
    expect(events.map(({ type }) => type)).toEqual(['undertone.insight.insight-generated']);
  });

  it('erases what was written of snapshots that are to be forgotten, and nothing else', async () => {
    const user_id = newId();
    const [gone, kept] = [inventedSnapshot({ user_id }), inventedSnapshot({ user_id })];
    const insights: string[] = [];
    for (const snapshot of [kept, gone, gone]) {
      const type = insights.length === 2 ? 'roast' : 'wellness';
      const { task } = await harness.generate(harness.keep(snapshot), user_id, 'direct', type);
      insights.push(String(task.result?.insight_id));
    }
    for (const helpful of [true, false]) {
      for (const insight_id of insights) await harness.rpc.ask(giveFeedback, { insight_id, helpful });
    }
    const forget = () =>
      harness.rpc.ask(forgetSnapshots, { user_id, snapshot_ids: [gone.id], known_up_to: 0 });
    expect(await forget()).toEqual({ insights: 2, events: 6 });
    const { items } = await harness.rpc.ask(listInsights, { user_id, limit: 10 });
    expect(items.map(({ id }) => id)).toEqual([insights[0]]);
    for (const insight_id of insights.slice(1)) {
      expect(await harness.rpc.ask(getInsight, { insight_id })).toEqual({
        insight: null,
      });
    }
    const log = await harness.store.read(insightAggregate(user_id));
    const left = JSON.stringify(log.filter((event) => !SnapshotsForgotten.read(event)));
    expect(left).toContain(insights[0]);
    for (const trace of [...insights.slice(1), gone.id]) expect(left).not.toContain(trace);
    expect(await forget()).toEqual({ insights: 0, events: 0 });
  });

  it('erases a person: insights, what was said of them, and what replays counted', async () => {
    const [gone, kept] = [inventedSnapshot(), inventedSnapshot()];
    const insights: string[] = [];
    for (const snapshot of [gone, kept]) {
      const { task } = await harness.generate(harness.keep(snapshot), snapshot.user_id);
      insights.push(String(task.result?.insight_id));
    }
    for (const insight_id of insights) {
      await harness.rpc.ask(giveFeedback, { insight_id, helpful: true });
      await harness.rpc.ask(getInsight, { insight_id });
    }
    // A replay waits for one of each.
    const em = harness.service.get<MikroORM>(MikroORM).em.fork();
    const replayId = newId();
    await em.transactional(async (inner) => {
      const items = [gone, kept].map(({ id: snapshotId, user_id: userId }) => ({
        ...{ replayId, snapshotId, userId, jobId: newId(), round: 1, status: 'requested' as const },
        ...{
          attempts: 1,
          problem: null,
          holdUntil: null,
          requestedAt: new Date(),
          endedAt: null,
          sequence: 1,
        },
      }));
      for (const item of items) await inner.insert(ReplayItem, item);
      await addToTotals(inner, [], items);
    });

    const erase = () => harness.rpc.ask(erasePerson.insight, { user_id: gone.user_id });
    const known = async () => (await harness.rpc.ask(listKnownPeople.insight, { limit: 1_000 })).user_ids;
    expect(await known()).toEqual(expect.arrayContaining([gone.user_id, kept.user_id]));
    const { removed, left } = await erase();
    expect(left).toBe(false);
    expect(await known()).not.toContain(gone.user_id);
    expect(removed).toEqual(
      expect.arrayContaining([
        { service: 'insight', store: 'stream INSIGHT', removed: 2 },
        { service: 'insight', store: 'table generated_insight', removed: 1 },
        { service: 'insight', store: 'table insight_feedback', removed: 1 },
        { service: 'insight', store: 'table replay_item', removed: 1 },
      ]),
    );
    expect(await tallyReplay(em, replayId)).toMatchObject({ underWay: 1 });
    const [one, other] = insights as [string, string];
    expect(await harness.rpc.ask(getInsight, { insight_id: one })).toEqual({ insight: null });
    expect(await harness.store.read(insightAggregate(gone.user_id))).toEqual([]);
    const { insight } = await harness.rpc.ask(getInsight, { insight_id: other });
    expect(insight).toMatchObject({ id: other });
    expect((await erase()).removed).toEqual([]);
  });

  it('records nothing of a snapshot that was forgotten while it was written of', async () => {
    const snapshot = inventedSnapshot();
    const records = harness.service.get<InsightRecords>(InsightRecords);
    const failures = harness.service.get<GenerationFailures>(GenerationFailures);
    const payload = { insight_type: 'wellness', tone_mode: 'direct', snapshot_id: snapshot.id } as const;
    const job = {
      jobId: newId(),
      userId: snapshot.user_id,
      payload,
      requestedAt: new Date(),
      attempt: 1,
      signal: new AbortController().signal,
      confirm: async () => undefined,
    };
    const prompt = { version: { number: 1, hash: 'a'.repeat(64) } };
    const known = await records.find(job as unknown as InsightJob, newId());
    const { user_id } = snapshot;
    await harness.rpc.ask(forgetSnapshots, { user_id, snapshot_ids: [snapshot.id], known_up_to: 0 });
    const order = { job, insightId: newId(), facts: { snapshot }, prompt } as unknown as InsightOrder;
    const text = { llm_model: 'late', structured_output: { title: 't', body: 'b', highlights: [] } };
    const written = { ...text, content: 'late', generation_ms: 1 } as unknown as Written;
    await expect(records.record(order, known, written)).rejects.toBeInstanceOf(SnapshotForgotten);
    const problem = { code: 'MODEL_UNAVAILABLE', message: 'it does not answer' };
    await failures.record(problem, job as never, newId(), prompt as never);
    const log = await harness.store.read(insightAggregate(user_id));
    expect(log.map(({ type }) => type)).toEqual(['undertone.insight.snapshots-forgotten']);
  });

  it('marks what was written about invented listening', async () => {
    const snapshot = inventedSnapshot({ source: 'simulator' });
    await harness.generate(harness.keep(snapshot), snapshot.user_id);
    const { items } = await harness.rpc.ask(listInsights, { user_id: snapshot.user_id, limit: 10 });
    expect(items).toMatchObject([{ source: 'simulator' }]);
  });

  it.each([listInsights, listReplays, getPrompt])('is broken by no cursor of $subject', async (question) => {
    const answers = await answersToForgedCursors(
      (...one) => harness.rpc.ask(...one),
      question as RpcDefinition,
    );
    expect(answers).toEqual(['BAD_CURSOR', 'read']);
  });

  it('lists newest first, in pages without gap or double', async () => {
    const snapshot = inventedSnapshot();
    const order = { snapshotId: harness.keep(snapshot), userId: snapshot.user_id, fresh: true };
    const made: unknown[] = [];
    for (let i = 0; i < 5; i += 1) made.unshift((await harness.generateAll([order]))[0]?.insight_id);
    const seen: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const query = { user_id: snapshot.user_id, limit: 2, ...(cursor && { cursor }) };
      const page = await harness.rpc.ask(listInsights, query);
      seen.push(...page.items.map((item) => item.id));
      if (page.next === null) break;
      cursor = page.next;
    }
    expect(seen).toEqual(made);
  });

  it.each([
    ['a snapshot nobody has', newId(), newId(), 'SNAPSHOT_NOT_FOUND'],
    ['a snapshot of somebody else', '', newId(), 'SNAPSHOT_NOT_FOUND'],
  ])('fails for %s', async (_what, snapshotId, userId, code) => {
    const id = snapshotId || harness.keep(inventedSnapshot());
    const { task } = await harness.generate(id, userId);
    expect(task).toMatchObject({ status: 'FAILURE', error: { code }, attempt: 1 });
  });

  it.each(insightType.options)('writes %s', async (type) => {
    const snapshot = inventedSnapshot();
    const { task } = await harness.generate(harness.keep(snapshot), snapshot.user_id, 'playful', type);
    expect(task).toMatchObject({ status: 'SUCCESS' });
    const { insight } = await harness.rpc.ask(getInsight, { insight_id: String(task.result?.insight_id) });
    expect(insight).toMatchObject({
      insight_type: type,
      prompt_version: expect.stringMatching(`^${type}-v[123]$`),
    });
    expect(insight?.content.includes(HELP_LINE)).toBe(type === 'wellness');
  });

  it('tells of the last whole week that the person played something in, against the weeks before', async () => {
    const snapshot = inventedSnapshot();
    harness.weeks.set(snapshot.user_id, [
      trend('2026-11-16', '2026-11-22', 996),
      trend('2026-11-09', '2026-11-15', 60),
      trend('2026-11-02', '2026-11-08', 0),
      trend('2026-10-26', '2026-11-01', 40),
      trend('2026-10-05', '2026-10-11', 996),
    ]);
    const { task } = await harness.generate(
      harness.keep(snapshot),
      snapshot.user_id,
      'neutral',
      'weekly_summary',
    );
    const { insight } = await harness.rpc.ask(getInsight, { insight_id: String(task.result?.insight_id) });
    expect(insight).toMatchObject({ prompt_version: 'weekly_summary-v3' });
    expect(insight?.content).toContain('The week ran from 9 November to 15 November 2026.');
    expect(insight?.content).toContain('60 plays of 30 different tracks, 3.0 hours in all');
    expect(insight?.content).toContain('20 more plays than in the earlier week, which had 40 plays.');
    expect(insight?.content).not.toContain('996');
  });

  it('compares a snapshot with comparable ones of the weeks before, where nothing was played', async () => {
    const week = inventedSnapshot({ time_range: 'short_term' });
    const before = (snapshot_date: string, change: Partial<Snapshot> = {}) =>
      inventedSnapshot({ user_id: week.user_id, time_range: 'short_term', snapshot_date, ...change });
    for (const one of [
      before('2026-11-12'),
      before('2026-11-13', { audio_features: { ...week.audio_features, avg_energy: 0.41 } }),
      before('2026-11-06', { audio_features: { ...week.audio_features, avg_energy: 0.51 } }),
      before('2026-10-30', { classifier_version: 'mood-v0' }),
      before('2026-11-17'),
      inventedSnapshot({ snapshot_date: '2026-11-06', time_range: 'short_term' }),
    ])
      harness.keep(one);
    const { task } = await harness.generate(harness.keep(week), week.user_id, 'neutral', 'weekly_summary');
    const { insight } = await harness.rpc.ask(getInsight, { insight_id: String(task.result?.insight_id) });
    expect(insight?.content).toContain('the mean of 2 snapshots, 6 November to 13 November 2026');
    expect(insight?.content).toContain('From 9 November to 15 November 2026 no plays are known');
    expect(insight?.content).toMatch(/energy.+0\.71.+0\.46|energy.+0\.46.+0\.71/i);
  });
});

/** A week of an export's plays, with every second one of the same tracks. */
const trend = (from: string, to: string, plays: number): Trend => ({
  from,
  to,
  starts_at: `${from}T00:00:00.000Z`,
  ends_at: `${to}T23:00:00.000Z`,
  plays,
  tracks: plays / 2,
  hours: plays / 20,
  time_coverage: plays === 0 ? null : 1,
  moods: { happy: plays / 2, calm: 0, energetic: 0, sad: plays / 4, unknown: plays / 4 },
  classifier_version: 'mood-v1',
  audio_features: {
    avg_valence: null,
    avg_energy: null,
    avg_danceability: null,
    avg_acousticness: null,
    avg_instrumentalness: null,
    avg_speechiness: null,
    avg_liveness: null,
    avg_tempo: null,
    avg_loudness: null,
    coverage: plays === 0 ? null : 0.75,
    source: 'reccobeats',
  },
});
