import { MikroORM } from '@mikro-orm/postgresql';
import { getInsight } from '@undertone/contracts/insight/rpc';
import type { Snapshot } from '@undertone/contracts/listening/snapshot';
import { insightAggregate } from '@undertone/contracts/subjects';
import { inventedSnapshot } from '@undertone/contracts/test-kit/invented-snapshot';
import { newId } from '@undertone/platform/ids/ids';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Order } from './harness.js';
import { type ModelHarness, startModelHarness } from './model-harness.js';

let simulator: ModelHarness['simulator'];
let harness: ModelHarness['harness'];
beforeAll(async () => {
  ({ simulator, harness } = await startModelHarness({}, { latencyMs: 300 }));
  await harness.start();
});
afterAll(() => harness.stop());
afterEach(() => {
  simulator.clearFaults();
  simulator.calls.reset();
});

const calls = () => simulator.calls.summary().routes['POST /v1/chat/completions']?.calls ?? 0;
const write = (snapshot: Snapshot, more: Partial<Order> = {}) => ({
  snapshotId: harness.keep(snapshot),
  userId: snapshot.user_id,
  ...more,
});
const once = async (snapshot: Snapshot, more: Partial<Order> = {}) => {
  const [result] = await harness.generateAll([write(snapshot, more)]);
  const insightId = String(result?.insight_id);
  return { ...result, insight: (await harness.rpc.ask(getInsight, { insight_id: insightId })).insight };
};
/** The same person's next day: all numbers moved by a little. */
const moved = (snapshot: Snapshot, by = 0.02): Snapshot => ({
  ...snapshot,
  id: newId(),
  snapshot_date: '2026-11-21',
  audio_features: {
    ...snapshot.audio_features,
    avg_valence: (snapshot.audio_features.avg_valence ?? 0) + by,
  },
});

describe('the same insight asked for again', () => {
  it('is the stored one', async () => {
    const snapshot = inventedSnapshot();
    const first = await once(snapshot);
    const again = await once(snapshot);
    expect(first.reused).toBe(false);
    expect(again).toMatchObject({ reused: true, insight_id: first.insight_id });
    expect(calls()).toBe(1);
  });

  it('is written anew where that is asked for', async () => {
    const snapshot = inventedSnapshot();
    const first = await once(snapshot);
    const again = await once(snapshot, { fresh: true });
    expect(again.reused).toBe(false);
    expect(again.insight_id).not.toBe(first.insight_id);
    expect(calls()).toBe(2);
  });

  it('is another one in another tone', async () => {
    const snapshot = inventedSnapshot();
    await once(snapshot);
    expect((await once(snapshot, { tone: 'direct' })).reused).toBe(false);
  });

  it('never comes from another person', async () => {
    const snapshot = inventedSnapshot();
    await once(snapshot);
    expect((await once({ ...snapshot, id: newId(), user_id: newId() })).reused).toBe(false);
    expect(calls()).toBe(2);
  });

  it('makes one call when ten ask at once, of two replicas', async () => {
    const snapshot = inventedSnapshot();
    const results = await harness.generateAll(
      Array.from({ length: 10 }, () => write(snapshot, { lane: 'interactive' })),
    );
    expect(new Set(results.map((result) => result.insight_id)).size).toBe(1);
    expect(results.filter((result) => !result.reused)).toHaveLength(1);
    expect(calls()).toBe(1);
  });

  it('is tried by the next one when whoever was at it fails', async () => {
    const snapshot = inventedSnapshot();
    simulator.addFault({ kind: '401', times: 1 });
    const results = await harness.generateAll([write(snapshot), write(snapshot), write(snapshot)]);
    expect(results.filter((result) => result.insight_id === undefined)).toHaveLength(1);
    expect(new Set(results.flatMap((result) => result.insight_id ?? [])).size).toBe(1);
    expect(calls()).toBe(2);
  });

  it('is written when whoever was at it died', async () => {
    const snapshot = inventedSnapshot();
    const orm = harness.service.get<MikroORM>(MikroORM);
    const { insight } = await once(snapshot);
    const [row] = await orm.em
      .fork()
      .execute('select reuse_key from generated_insight where id = ?', [insight?.id]);
    await orm.em.fork().execute('delete from generated_insight where id = ?', [insight?.id]);
    // What a process leaves that was killed in the middle of a call.
    await orm.em.fork().execute(
      `insert into insight_claim (key, holder, expires_at) values (?, ?, now() + interval '2 seconds')
       on conflict (key) do update set holder = excluded.holder, expires_at = excluded.expires_at, insight_id = null`,
      [row?.reuse_key, newId()],
    );
    expect((await once(snapshot)).reused).toBe(false);
    expect(calls()).toBe(2);
  });
});

describe('a snapshot of the next day', () => {
  it('with the same numbers is given the text as an insight of its own, with the reason', async () => {
    const snapshot = inventedSnapshot();
    const first = await once(snapshot);
    const next = { ...snapshot, id: newId(), snapshot_date: '2026-11-21' };
    const { reused, insight } = await once(next);
    expect(reused).toBe(true);
    expect(insight).toMatchObject({
      snapshot_id: next.id,
      structured_output: first.insight?.structured_output,
      reused_from: first.insight_id,
      reuse_reason: 'the numbers, as they are shown, are the same',
      cost_usd: 0,
      prompt_tokens: null,
    });
    expect(await harness.store.read(insightAggregate(snapshot.user_id))).toHaveLength(2);
    expect(calls()).toBe(1);
  });

  it('with nearly the same numbers is given it in scheduled runs alone, and it says whose numbers it has', async () => {
    const snapshot = inventedSnapshot();
    await once(snapshot);
    const scheduled = await once(moved(snapshot), { lane: 'bulk' });
    expect(scheduled.reused).toBe(true);
    expect(scheduled.insight?.reuse_reason).toContain('avg_valence, from 0.62 to 0.64');
    expect(scheduled.insight?.content).toContain('20 November 2026');
    expect((await once(moved(snapshot), { lane: 'interactive' })).reused).toBe(false);
  });

  it('is compared with what was written about, so that small moves do not add up', async () => {
    const snapshot = inventedSnapshot();
    await once(snapshot, { lane: 'bulk' });
    expect((await once(moved(snapshot, 0.03), { lane: 'bulk' })).reused).toBe(true);
    expect((await once(moved(snapshot, 0.06), { lane: 'bulk' })).reused).toBe(false);
  });
});
