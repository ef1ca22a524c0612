import { getInsight, listInsights } from '@undertone/contracts/insight/rpc';
import { insightAggregate } from '@undertone/contracts/subjects';
import { newId } from '@undertone/platform/ids/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HELP_LINE } from '../src/types/wellness/wellness.js';
import { exampleSnapshot, type Harness, startHarness } from './harness.js';

describe('generating an insight from templates', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness();
  });
  afterAll(() => harness.stop());

  it('ends with an insight that can be read at once', async () => {
    const snapshot = exampleSnapshot();
    const { task } = await harness.generate(harness.keep(snapshot), snapshot.user_id, 'direct');
    expect(task).toMatchObject({ status: 'SUCCESS', attempt: 1 });
    const { insight } = await harness.rpc.ask(getInsight, { insight_id: String(task.result?.insight_id) });
    expect(insight).toMatchObject({
      user_id: snapshot.user_id,
      snapshot_id: snapshot.id,
      llm_model: 'template',
      tone_mode: 'direct',
      prompt_version: 'wellness-v1',
      prompt_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      source: 'spotify',
      prompt_tokens: null,
    });
    expect(insight?.content).toContain(insight?.structured_output.body);
    expect(insight?.content.endsWith(HELP_LINE)).toBe(true);
  });

  it('leaves one event', async () => {
    const snapshot = exampleSnapshot();
    await harness.generate(harness.keep(snapshot), snapshot.user_id);
    const events = await harness.store.read(insightAggregate(snapshot.user_id));
    expect(events.map(({ type }) => type)).toEqual(['undertone.insight.insight-generated']);
  });

  it('marks what was written about invented listening', async () => {
    const snapshot = exampleSnapshot({ source: 'simulator' });
    await harness.generate(harness.keep(snapshot), snapshot.user_id);
    const { items } = await harness.rpc.ask(listInsights, { user_id: snapshot.user_id, limit: 10 });
    expect(items).toMatchObject([{ source: 'simulator' }]);
  });

  it('lists newest first, in pages without gap or double', async () => {
    const snapshot = exampleSnapshot();
    const id = harness.keep(snapshot);
    const made: unknown[] = [];
    for (let i = 0; i < 5; i += 1)
      made.unshift((await harness.generate(id, snapshot.user_id)).task.result?.insight_id);
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
    const id = snapshotId || harness.keep(exampleSnapshot());
    const { task } = await harness.generate(id, userId);
    expect(task).toMatchObject({ status: 'FAILURE', error: { code }, attempt: 1 });
  });

  it('fails for a type that no prompt is shipped for', async () => {
    const snapshot = exampleSnapshot();
    const { task } = await harness.generate(harness.keep(snapshot), snapshot.user_id, 'neutral', 'roast');
    expect(task).toMatchObject({ status: 'FAILURE', error: { code: 'INSIGHT_TYPE_UNSUPPORTED' } });
  });
});
