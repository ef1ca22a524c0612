import { InsightGenerated } from '@undertone/contracts/insight/insight-generated';
import { getInsight, giveFeedback } from '@undertone/contracts/insight/rpc';
import { generateInsight } from '@undertone/contracts/jobs/generate-insight';
import { getReplayReport } from '@undertone/contracts/replay/rpc';
import { insightAggregate, promptAggregate } from '@undertone/contracts/subjects';
import { newId } from '@undertone/platform/ids/ids';
import { requestJob } from '@undertone/platform/jobs/request-job';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Harness, startHarness } from './harness.js';
import { Operator } from './replay-harness.js';
import { NEXT, SHIPPED } from './shipped.js';

describe('replays', () => {
  let harness: Harness;
  let operator: Operator;
  beforeAll(async () => {
    harness = await startHarness({ BULK_SLOTS: '8' });
    operator = new Operator(harness);
    await operator.publish();
  });
  afterAll(() => harness.stop());

  /** Snapshots of one person, of as many days. */
  const days = async (count: number, make: 'compute' | 'listener' = 'listener') => {
    const user_id = newId();
    const made = [];
    for (let day = 1; day <= count; day += 1) {
      const snapshot_date = `2026-10-${String(day).padStart(2, '0')}`;
      made.push(await operator[make]({ user_id, snapshot_date }));
    }
    return { user_ids: [user_id], first: made[0] as (typeof made)[0], made };
  };
  const written = async (userId: string) =>
    (await harness.store.read(insightAggregate(userId))).filter(({ type }) => type.endsWith('generated'));

  it('shows nothing before it is activated, then all at once, and takes it back in one event', async () => {
    const { user_ids, first } = await days(4);
    const before = await operator.shown(first);
    const ordered = await operator.order({ filter: { user_ids }, activate: 'by_hand' });
    const complete = await operator.becomes(ordered, 'completed');
    expect(complete.progress).toMatchObject({ snapshots: 4, written: 4, failed: 0, waiting: 0 });
    expect(await operator.shown(first)).toEqual(before);
    expect(await operator.shown(first, NEXT)).toEqual([]);

    const labels = () => harness.store.read(promptAggregate('wellness'));
    const moves = (await labels()).length;
    await operator.control(ordered, { action: 'activate', allow_failures: false });
    expect((await labels()).length).toBe(moves + 1);
    const after = await operator.shown(first);
    expect(after.map(({ prompt_version }) => prompt_version)).toEqual(Array(4).fill(NEXT));
    expect(after.map(({ snapshot_id }) => snapshot_id)).toEqual(before.map(({ snapshot_id }) => snapshot_id));
    expect(await operator.shown(first, SHIPPED)).toEqual(before);
    const [old] = before;
    expect((await harness.rpc.ask(getInsight, { insight_id: old?.id ?? '' })).insight).toEqual(old);

    const back = await operator.control(ordered, { action: 'rollback' });
    expect(back.status).toBe('rolled_back');
    expect((await labels()).length).toBe(moves + 2);
    expect(await operator.shown(first)).toEqual(before);
    await expect(operator.control(ordered, { action: 'pause' })).rejects.toThrow(/cannot be paused/);
  });

  it('says what it would take, and writes nothing', async () => {
    const { user_ids, first } = await days(2, 'compute');
    const third = await operator.listener({ user_id: first.user_id, snapshot_date: '2026-10-20' });
    const estimate = await eventually('the snapshots are known', async () => {
      const found = await operator.estimate({ filter: { user_ids } });
      return found.snapshots === 3 && found;
    });
    expect(estimate).toMatchObject({ with_insight: 1, calls: 3, usd: null, based_on: 'prompt_size' });
    expect(estimate.tokens).toBeGreaterThan(0);
    const filter = { user_ids, only_with_insight: true };
    expect(await operator.estimate({ filter })).toMatchObject({ snapshots: 1 });
    const day = { user_ids, from: '2026-10-02', to: '2026-10-19' };
    expect(await operator.estimate({ filter: day })).toMatchObject({ snapshots: 1 });
    expect(await written(third.user_id)).toHaveLength(1);
    expect(await operator.warnings()).toEqual([expect.stringContaining('the same texts')]);
  });

  it('asked twice is one replay, and over it is another', async () => {
    const { user_ids, first } = await days(3);
    const order = { filter: { user_ids }, activate: 'by_hand' } as const;
    const [one, two] = await Promise.all([operator.order(order), operator.order(order)]);
    expect(two?.id).toBe(one?.id);
    await operator.becomes(one as typeof two, 'completed');
    expect((await written(first.user_id)).length).toBe(6);
    await operator.control(one, { action: 'cancel' });
    expect((await operator.order(order)).id).not.toBe(one.id);
  });

  it('writes a canary, compares it, and waits for a go', async () => {
    const { user_ids, first } = await days(8);
    const ordered = await operator.order({ filter: { user_ids }, canary: 0.25, activate: 'by_hand' });
    const waiting = await operator.becomes(ordered, 'awaiting_go');
    expect(waiting.progress).toMatchObject({ snapshots: 8, written: 2, waiting: 6 });
    const { report } = await harness.rpc.ask(getReplayReport, { replay_id: ordered.id });
    const quality = { repaired: { insights: 0, known_for: 2 }, feedback: { helpful: 0, unhelpful: 0 } };
    expect(report).toMatchObject({
      new: {
        prompt_versions: [NEXT],
        insights: 2,
        failed: 0,
        characters: expect.any(Number),
        ...quality,
      },
      old: { prompt_versions: [SHIPPED], insights: 2, failed: 0, ...quality },
      failures: [],
    });
    expect(report?.pairs).toHaveLength(2);
    for (const pair of report?.pairs ?? []) {
      await harness.rpc.ask(giveFeedback, { insight_id: pair.old_insight_id as string, helpful: false });
      await harness.rpc.ask(giveFeedback, { insight_id: pair.new_insight_id, helpful: true });
    }
    const { report: now } = await harness.rpc.ask(getReplayReport, { replay_id: ordered.id });
    expect(now?.old.feedback).toMatchObject({ unhelpful: 2 });
    expect(now?.new.feedback).toMatchObject({ helpful_share: 1 });
    await operator.control(ordered, { action: 'go' });
    await operator.becomes(ordered, 'completed');
    expect((await written(first.user_id)).length).toBe(16);
  });

  it('pauses, goes on, and ends for good', async () => {
    const { user_ids } = await days(10, 'compute');
    const ordered = await operator.order({ filter: { user_ids }, window: 1, activate: 'by_hand' });
    await eventually('it is on its way', async () => (await operator.look(ordered)).progress.written > 0);
    const paused = await operator.control(ordered, { action: 'pause' });
    expect(paused).toMatchObject({ status: 'paused', pause_reason: 'operator' });
    const still = await operator.comesToRest(ordered);
    expect(still.progress.written).toBeLessThan(10);
    await operator.control(ordered, { action: 'resume' });
    await eventually('it goes on', async () => {
      const { written: now } = (await operator.look(ordered)).progress;
      return now > still.progress.written;
    });
    expect((await operator.control(ordered, { action: 'cancel' })).status).toBe('cancelled');
    await expect(operator.control(ordered, { action: 'resume' })).rejects.toThrow(/cannot go on/);
  });

  it('takes snapshots that arrive meanwhile, and of replaced ones those that readers have an insight of', async () => {
    const { user_ids, first } = await days(3);
    const silent = await operator.compute({ user_id: first.user_id, snapshot_date: '2026-10-11' });
    const again = await operator.compute({ user_id: first.user_id, snapshot_date: '2026-10-11' });
    const replacing = await operator.compute({ user_id: first.user_id, snapshot_date: '2026-10-01' });
    const ordered = await operator.order({ filter: { user_ids }, window: 1 });
    await eventually('it is on its way', async () => (await operator.look(ordered)).progress.written > 0);
    const late = await operator.compute({ user_id: first.user_id, snapshot_date: '2026-10-12' });
    await operator.becomes(ordered, 'active');
    const shown = await operator.shown(first);
    expect(new Set(shown.map(({ prompt_version }) => prompt_version))).toEqual(new Set([NEXT]));
    const snapshots = shown.map(({ snapshot_id }) => snapshot_id);
    expect(snapshots).toHaveLength(6);
    expect(snapshots).toEqual(expect.arrayContaining([first.id, again.id, replacing.id, late.id]));
    expect(snapshots).not.toContain(silent.id);
  });

  it('is not activated with failures unless somebody allows it, and tries them again', async () => {
    const { user_ids, first } = await days(2);
    const lost = await operator.compute({ user_id: first.user_id, snapshot_date: '2026-10-15' }, false);
    const ordered = await operator.order({ filter: { user_ids } });
    const complete = await operator.becomes(ordered, 'completed');
    expect(complete.progress).toMatchObject({ written: 2, failed: 1 });
    const { report } = await harness.rpc.ask(getReplayReport, { replay_id: ordered.id });
    expect(report?.failures).toMatchObject([{ snapshot_id: lost.id, code: 'SNAPSHOT_NOT_FOUND' }]);
    const activate = { action: 'activate', allow_failures: false } as const;
    await expect(operator.control(ordered, activate)).rejects.toThrow(/1 snapshot keeps its old insight/);

    harness.keep(lost);
    await operator.control(ordered, { action: 'resume' });
    const done = await operator.becomes(ordered, 'active');
    expect(done.progress).toMatchObject({ written: 3, failed: 0 });
    expect(await operator.versions(first)).toEqual(Array(3).fill(NEXT));
    expect((await written(first.user_id)).length).toBe(5);
  });

  it('counts a snapshot once whose job was asked for again in the same round, as a dead letter is', async () => {
    const { user_ids, first } = await days(1);
    const lost = await operator.compute({ user_id: first.user_id, snapshot_date: '2026-10-15' }, false);
    const ordered = await operator.order({ filter: { user_ids } });
    expect((await operator.becomes(ordered, 'completed')).progress).toMatchObject({ written: 1, failed: 1 });
    harness.keep(lost);
    const payload = {
      user_id: lost.user_id,
      snapshot_id: lost.id,
      insight_type: 'wellness',
      tone_mode: 'neutral',
      prompt_version: NEXT,
      replay: { id: ordered.id, round: 1 },
    } as const;
    await requestJob(harness.store, generateInsight, { payload, lane: 'bulk', source: 'test' });
    const progress = await eventually('the other job ended', async () => {
      const now = (await operator.look(ordered)).progress;
      return now.failed === 0 && now.under_way === 0 && now;
    });
    expect(progress).toMatchObject({ snapshots: 2, written: 2, failed: 0, waiting: 0 });
    await operator.control(ordered, { action: 'resume' });
    expect((await operator.becomes(ordered, 'active')).progress).toMatchObject({ written: 2, failed: 0 });
  });

  it('hides an insight that was asked for before the switch and written after it', async () => {
    const { user_ids, first } = await days(1);
    await operator.becomes(await operator.order({ filter: { user_ids } }), 'active');
    const [rewritten] = await operator.shown(first);
    const aggregate = insightAggregate(first.user_id);
    const last = (await harness.store.read(aggregate)).at(-1);
    const straggler = {
      ...InsightGenerated.schema.parse(last?.data),
      insight_id: newId(),
      replay_id: undefined,
      prompt_version: SHIPPED,
      generated_at: new Date().toISOString(),
      requested_at: new Date(Date.now() - 60_000).toISOString(),
    };
    const event = {
      definition: InsightGenerated,
      id: straggler.insight_id,
      time: new Date(),
      source: 'test',
    };
    await harness.store.append(aggregate, { ...event, data: straggler }, last?.sequence ?? 0);
    await eventually('it can be read by its id', async () => {
      const { insight } = await harness.rpc.ask(getInsight, { insight_id: straggler.insight_id });
      return insight !== null;
    });
    expect((await operator.shown(first)).map(({ id }) => id)).toEqual([rewritten?.id]);
  });

  it('is taken back although its version was in use before', async () => {
    const [one, two] = [await days(1), await days(1)];
    await operator.becomes(await operator.order({ filter: { user_ids: one.user_ids } }), 'active');
    const before = await operator.shown(two.first);
    const ordered = await operator.order({ filter: { user_ids: two.user_ids } });
    await operator.becomes(ordered, 'active');
    expect(await operator.shown(two.first)).not.toEqual(before);
    expect((await operator.control(ordered, { action: 'rollback' })).status).toBe('rolled_back');
    expect(await operator.shown(two.first)).toEqual(before);
    expect(await operator.versions(one.first)).toEqual([NEXT]);
  });

  it('refuses a version that nobody published', async () => {
    await expect(operator.order({ prompt_version: 'wellness-v99' })).rejects.toThrow(/no such version/);
  });
});
