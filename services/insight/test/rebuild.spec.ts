import { MikroORM } from '@mikro-orm/postgresql';
import { rebuild } from '@undertone/platform/projections/rebuild-command';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { expect, it } from 'vitest';
import { startInsight } from '../src/insight.js';
import { rebuildable } from '../src/rebuild.js';
import { exampleSnapshot, startHarness } from './harness.js';

it('builds generated_insight from the log again, to the same rows', async () => {
  const harness = await startHarness();
  const rows = (orm: MikroORM) => orm.em.fork().execute('select * from generated_insight order by id');
  for (const tone of ['neutral', 'supportive', 'playful', 'direct'] as const) {
    const snapshot = exampleSnapshot();
    await harness.generate(harness.keep(snapshot), snapshot.user_id, tone);
  }
  const orm = harness.service.get<MikroORM>(MikroORM);
  const before = await rows(orm);
  expect(before).toHaveLength(4);
  await orm.em.fork().execute('drop table generated_insight');
  await harness.service.close();

  await rebuild(rebuildable, ['generated-insights'], harness.environment);
  harness.service = await startInsight(harness.environment);
  const anew = harness.service.get<MikroORM>(MikroORM);
  await eventually('all rows are back', async () => (await rows(anew)).length === before.length);
  expect(await rows(anew)).toEqual(before);
  await harness.stop();
});
