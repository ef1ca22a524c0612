import { MikroORM } from '@mikro-orm/postgresql';
import { giveFeedback } from '@undertone/contracts/insight/rpc';
import { rebuild } from '@undertone/platform/projections/rebuild-command';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { startLlmSimulator } from '@undertone/simulators/llm/server';
import { expect, it } from 'vitest';
import { startInsight } from '../src/insight.js';
import { rebuildable } from '../src/rebuild.js';
import { exampleSnapshot, startHarness } from './harness.js';

const tables = ['generated_insight', 'generation_failure', 'insight_feedback'] as const;

async function rows(orm: MikroORM) {
  const found: Record<string, object[]> = {};
  for (const table of tables)
    found[table] = await orm.em.fork().execute(`select * from ${table} order by sequence`);
  return found;
}
const counts = (found: Record<string, object[]>) => tables.map((table) => found[table]?.length);

it('builds its read models from the log again, to the same rows', async () => {
  const simulator = await startLlmSimulator();
  const harness = await startHarness({
    INSIGHT_ENGINE: 'openai',
    OPENAI_BASE_URL: `${simulator.url}/v1`,
    OPENAI_API_KEY: 'test-key',
    LLM_MODEL: 'undertone-sim-1',
  });
  const generate = async (tone: 'neutral' | 'supportive' | 'playful' | 'direct') => {
    const snapshot = exampleSnapshot();
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
  const orm = harness.service.get<MikroORM>(MikroORM);
  const before = await eventually('the read models have all of it', async () => {
    const found = await rows(orm);
    const last = found.insight_feedback?.at(-1) as { helpful: boolean } | undefined;
    return `${counts(found)}` === '3,1,2' && last?.helpful === false && found;
  });
  for (const table of tables) await orm.em.fork().execute(`drop table ${table}`);
  await harness.service.close();

  const projections = ['generated-insights', 'generation-failures', 'insight-feedback'];
  await rebuild(rebuildable, projections, harness.environment);
  harness.service = await startInsight(harness.environment);
  const anew = harness.service.get<MikroORM>(MikroORM);
  await eventually('all rows are back', async () => `${counts(await rows(anew))}` === `${counts(before)}`);
  expect(await rows(anew)).toEqual(before);
  await harness.stop();
  await simulator.close();
});
