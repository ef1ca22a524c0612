import { MikroORM } from '@mikro-orm/postgresql';
import { consumers } from '@undertone/contracts/consumers';
import { SnapshotsWithdrawn } from '@undertone/contracts/listening/snapshots-withdrawn';
import { listeningAggregate } from '@undertone/contracts/subjects';
import { recordOnce } from '@undertone/platform/event-store/record-once';
import { newId } from '@undertone/platform/ids/ids';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import { expect, it } from 'vitest';
import { startModelHarness } from './model-harness.js';
import { Operator } from './replay-harness.js';

it('takes no snapshot for a current one that was withdrawn, or that ends with a day to come', async () => {
  const { harness } = await startModelHarness();
  const operator = new Operator(harness);
  const user_id = newId();
  const [kept, withdrawn, late] = [
    await operator.compute({ user_id, snapshot_date: '2026-11-01' }),
    await operator.compute({ user_id, snapshot_date: '2026-11-02' }),
    await operator.compute({ user_id, snapshot_date: '2038-01-19' }),
  ];
  const event = {
    definition: SnapshotsWithdrawn,
    id: newId(),
    data: { user_id, snapshot_ids: [withdrawn.id], withdrawn_at: '2026-11-30T00:00:00.000Z' },
    time: new Date(),
    source: 'test',
  };
  const { sequence } = await recordOnce(harness.store, listeningAggregate(user_id), event, { upTo: 0 });
  const progress = harness.service.get<ProjectionProgress>(ProjectionProgress);
  await progress.reached(consumers.knownSnapshots, sequence, new AbortController().signal);
  const rows = await harness.service
    .get<MikroORM>(MikroORM)
    .em.fork()
    .execute('select id, superseded from known_snapshot where user_id = ? order by sequence', [user_id]);
  expect(rows).toEqual([
    { id: kept.id, superseded: false },
    { id: withdrawn.id, superseded: true },
    { id: late.id, superseded: true },
  ]);
});
