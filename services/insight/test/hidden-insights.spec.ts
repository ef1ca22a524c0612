import { newId } from '@undertone/platform/ids/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Harness, startHarness } from './harness.js';
import { Operator } from './replay-harness.js';
import { SHIPPED } from './shipped.js';

describe('a replay', () => {
  let harness: Harness;
  let operator: Operator;
  beforeAll(async () => {
    harness = await startHarness();
    operator = new Operator(harness);
    await operator.publish();
  });
  afterAll(() => harness.stop());

  it('that is not activated has no text that is given to somebody who asks for the same', async () => {
    const snapshot = await operator.compute();
    // The version in use and the tone of the replay: nothing but the replay itself is different.
    const ordered = await operator.order({
      prompt_version: SHIPPED,
      filter: { user_ids: [snapshot.user_id] },
      activate: 'by_hand',
    });
    await operator.becomes(ordered, 'completed');
    const { task } = await harness.generate(snapshot.id, snapshot.user_id, 'neutral');
    expect(task).toMatchObject({ status: 'SUCCESS', result: { reused: false } });
    const [hidden, asked] = await harness.written(snapshot.user_id);
    expect(hidden?.data).toMatchObject({ replay_id: ordered.id, tone_mode: 'neutral' });
    expect(asked?.id).toBe(task.result?.insight_id);
    expect((await operator.shown(snapshot)).map(({ id }) => id)).toEqual([asked?.id]);
  });

  it('that is activated hides no insight of another type', async () => {
    const snapshot = await operator.listener({ user_id: newId() });
    const { task } = await harness.generate(snapshot.id, snapshot.user_id, 'supportive', 'roast');
    const ordered = await operator.order({ filter: { user_ids: [snapshot.user_id] } });
    await operator.becomes(ordered, 'active');
    const shown = await operator.shown(snapshot);
    expect(shown.map(({ prompt_version }) => prompt_version.split('-')[0]).sort()).toEqual([
      'roast',
      'wellness',
    ]);
    expect(shown.find(({ insight_type }) => insight_type === 'roast')?.id).toBe(task.result?.insight_id);
    expect(shown.find(({ insight_type }) => insight_type === 'wellness')?.replay_id).toBe(ordered.id);
  });
});
