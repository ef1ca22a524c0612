import { MikroORM } from '@mikro-orm/postgresql';
import { consumers } from '@undertone/contracts/consumers';
import { FeedbackGiven } from '@undertone/contracts/insight/feedback-given';
import { GenerationFailed } from '@undertone/contracts/insight/generation-failed';
import { getInsight, giveFeedback } from '@undertone/contracts/insight/rpc';
import { getPrompt, movePromptLabel, publishPrompt, reportOnPrompt } from '@undertone/contracts/prompt/rpc';
import { insightAggregate } from '@undertone/contracts/subjects';
import { inventedSnapshot } from '@undertone/contracts/test-kit/invented-snapshot';
import { newId } from '@undertone/platform/ids/ids';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { holdProjection } from '@undertone/platform/test-kit/hold-projection';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reportOnReplay } from '../src/replay-admin/replay-report.js';
import { ReplayItem } from '../src/replay-run/replay-item.entity.js';
import { ReplayTotal } from '../src/replay-run/replay-total.entity.js';
import { Replay } from '../src/replays/replay.entity.js';
import { type ModelHarness, startModelHarness } from './model-harness.js';
import { Operator } from './replay-harness.js';
import { SHIPPED } from './shipped.js';

const name = 'wellness';

describe('who is answered can read what they did', () => {
  let running: ModelHarness;
  let harness: ModelHarness['harness'];
  beforeAll(async () => {
    running = await startModelHarness();
    ({ harness } = running);
  });
  afterAll(() => running.stop());

  const orm = () => harness.service.get<MikroORM>(MikroORM);
  /** The service answers many later questions, so what had nothing to wait for would be answered, too. */
  async function meanwhile(): Promise<void> {
    for (let asked = 0; asked < 20; asked += 1) await harness.rpc.ask(getInsight, { insight_id: newId() });
  }
  const reported = async () => {
    const { rows } = await harness.rpc.ask(reportOnPrompt, { name });
    return rows.find((row) => row.prompt_version === SHIPPED);
  };
  const recorded = (userId: string, type: string) =>
    eventually(`${type} is in the log`, async () =>
      (await harness.store.read(insightAggregate(userId))).some((event) => event.type.startsWith(type)),
    );

  it('in the report: feedback', async () => {
    const snapshot = inventedSnapshot();
    const { task } = await harness.generate(harness.keep(snapshot), snapshot.user_id);
    const before = await reported();
    const release = await holdProjection(orm(), consumers.insightFeedback);
    let answered = false;
    const given = harness.rpc
      .ask(giveFeedback, { insight_id: String(task.result?.insight_id), helpful: true })
      .then(() => {
        answered = true;
      });
    try {
      await recorded(snapshot.user_id, FeedbackGiven.type);
      await meanwhile();
      expect(answered).toBe(false);
    } finally {
      await release();
    }
    await given;
    expect((await reported())?.feedback.helpful).toBe((before?.feedback.helpful ?? 0) + 1);
  });

  it('in the report: a failure, once the log says that the job failed and not before', async () => {
    const [passing, snapshot] = [inventedSnapshot(), inventedSnapshot()];
    const before = await reported();
    // The second try comes through, so the first one's failure is none of the job.
    running.simulator.addFault({ kind: '5xx', times: 1 });
    const { task } = await harness.generate(harness.keep(passing), passing.user_id);
    expect(task).toMatchObject({ status: 'SUCCESS', attempt: 2 });
    running.simulator.addFault({ kind: '401', times: 1 });
    const failed = await harness.generate(harness.keep(snapshot), snapshot.user_id);
    expect(failed.task).toMatchObject({ status: 'FAILURE', error: { code: 'LLM_REFUSED' } });
    const failures = (before?.failures ?? 0) + 1;
    await eventually('it is in the report', async () => ((await reported())?.failures ?? 0) >= failures);
    expect((await reported())?.failures).toBe(failures);
    const events = await harness.store.read(insightAggregate(snapshot.user_id));
    const recordedAt = events.find(({ type }) => type.startsWith(GenerationFailed.type))?.time ?? '';
    expect(Date.parse(recordedAt)).toBeGreaterThanOrEqual(Date.parse(failed.task.updated_at));
  });

  it('or is refused, where the last event of the prompt changes nothing that is read', async () => {
    const operator = new Operator(harness);
    await operator.publish();
    const snapshot = await operator.listener();
    const ordered = await operator.order({ filter: { user_ids: [snapshot.user_id] } });
    await operator.becomes(ordered, 'active');
    await harness.rpc.ask(movePromptLabel, { name, label: 'production', number: 1 });
    const { versions } = await harness.rpc.ask(getPrompt, { name });
    await harness.rpc.ask(publishPrompt, {
      name,
      messages: [{ role: 'user', content: 'Write. {{facts}}' }],
      variables: { facts: 'json' },
      parameters: {},
      model: null,
      changelog: 'less',
    });
    expect((await harness.rpc.ask(getPrompt, { name })).versions).toHaveLength(versions.length + 1);
    await expect(operator.control(ordered, { action: 'rollback' })).rejects.toMatchObject({
      code: 'REPLAY_STATE',
      message: expect.stringContaining('another version is in use by now'),
    });
  });

  it('of one moment, also where a job fails while a replay’s report is made', async () => {
    const operator = new Operator(harness);
    const snapshot = await operator.compute();
    const ordered = await operator.order({ filter: { user_ids: [snapshot.user_id] }, activate: 'by_hand' });
    await operator.becomes(ordered, 'completed');
    const replay = await orm().em.fork().findOneOrFail(Replay, { id: ordered.id });
    const writer = orm().em.fork();
    await writer.begin();
    // The report has read the failures then, and waits for the insights.
    await writer.execute('lock table generated_insight in access exclusive mode');
    const report = reportOnReplay(orm().em.fork(), replay);
    await eventually('the report waits', async () => {
      const waiting = await orm()
        .em.fork()
        .execute(`select 1 from pg_locks where relation = 'generated_insight'::regclass and not granted`);
      return waiting.length > 0;
    });
    await writer.nativeUpdate(ReplayTotal, { replayId: ordered.id }, { failed: 1 });
    await writer.nativeUpdate(ReplayItem, { replayId: ordered.id }, { status: 'failed' });
    await writer.commit();
    const { failures, new: side } = await report;
    expect(failures).toHaveLength(side.failed);
  });
});
