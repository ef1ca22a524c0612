import { MikroORM } from '@mikro-orm/postgresql';
import { giveFeedback } from '@undertone/contracts/insight/rpc';
import { inventedSnapshot } from '@undertone/contracts/test-kit/invented-snapshot';
import { newId } from '@undertone/platform/ids/ids';
import { rebuild } from '@undertone/platform/projections/rebuild-command';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { expect, it } from 'vitest';
import { rebuildable } from '../src/rebuild.js';
import { startModelHarness } from './model-harness.js';
import { Operator } from './replay-harness.js';

/** By what their rows are put in order. */
const tables = {
  generated_insight: 'sequence',
  generation_failure: 'sequence',
  insight_feedback: 'sequence',
  known_snapshot: 'sequence',
  replay: 'id',
  replay_item: 'replay_id, snapshot_id',
  replay_total: 'replay_id',
} as const;

async function rows(orm: MikroORM) {
  const found: Record<string, object[]> = {};
  for (const [table, order] of Object.entries(tables))
    found[table] = await orm.em.fork().execute(`select * from ${table} order by ${order}`);
  return found;
}
const counts = (found: Record<string, object[]>) => Object.keys(tables).map((table) => found[table]?.length);

/** What a release does whose projection makes other rows than those that are there: where the log forgets, it reads on in the same tables. */
async function readAgain(orm: MikroORM, projection: string): Promise<void> {
  const checkpoint = async () =>
    (await orm.em.fork().execute('select * from projection_checkpoint where name = ?', [projection]))[0];
  const before = await checkpoint();
  await orm.em
    .fork()
    .execute(
      `update projection_checkpoint set built_from = jsonb_set(built_from, '{version}', '0') where name = ?`,
      [projection],
    );
  await eventually('all is read again', async () => {
    const now = await checkpoint();
    return now?.built_from.version === 1 && now?.sequence === before?.sequence;
  });
}

it('builds its read models from the log again, to the same rows', async () => {
  const { simulator, harness } = await startModelHarness();
  const generate = async (tone: 'neutral' | 'supportive' | 'playful' | 'direct') => {
    const snapshot = inventedSnapshot();
    const { task } = await harness.generate(harness.keep(snapshot), snapshot.user_id, tone);
    return String(task.result?.insight_id);
  };
  const insights = [await generate('neutral'), await generate('supportive'), await generate('playful')];
  simulator.addFault({ kind: '401' });
  await generate('direct');
  for (const [i, helpful] of [true, false, true].entries()) {
    const insight_id = insights[i % 2] ?? '';
    await harness.rpc.ask(giveFeedback, { insight_id, helpful });
    await harness.rpc.ask(giveFeedback, { insight_id, helpful: !helpful });
  }
  // A replay with a repair and a failure, that was resumed, is shown, and was rolled back.
  const operator = new Operator(harness);
  await operator.publish();
  const user_id = newId();
  for (const day of ['01', '02', '02', '03']) {
    await operator.compute({ user_id, snapshot_date: `2026-10-${day}` });
  }
  simulator.clearFaults();
  simulator.addFault({ kind: 'lies', times: 3 });
  const ordered = await operator.order({ filter: { user_ids: [user_id] }, window: 1, activate: 'by_hand' });
  await operator.becomes(ordered, 'completed');
  await operator.control(ordered, { action: 'resume' });
  await operator.becomes(ordered, 'completed');
  await operator.control(ordered, { action: 'activate', allow_failures: false });
  await operator.control(ordered, { action: 'rollback' });
  const orm = harness.service.get<MikroORM>(MikroORM);
  const before = await eventually('the read models have all of it', async () => {
    const found = await rows(orm);
    const last = found.insight_feedback?.at(-1) as { helpful: boolean } | undefined;
    return `${counts(found)}` === '6,2,2,4,1,3,1' && last?.helpful === false && found;
  });
  await readAgain(orm, 'insight-replay-items');
  expect(await rows(orm)).toEqual(before);
  for (const table of Object.keys(tables)) await orm.em.fork().execute(`drop table ${table}`);
  await harness.service.close();

  await rebuild(rebuildable, Object.keys(rebuildable.projections), harness.environment);
  await harness.start();
  const anew = harness.service.get<MikroORM>(MikroORM);
  await eventually('all rows are back', async () => `${counts(await rows(anew))}` === `${counts(before)}`);
  expect(await rows(anew)).toEqual(before);
  await harness.stop();
});
