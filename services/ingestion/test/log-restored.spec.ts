import { consumers } from '@undertone/contracts/consumers';
import { healthOf } from '@undertone/contracts/health';
import { listRebuilds, startRebuild } from '@undertone/contracts/rebuild';
import { newId } from '@undertone/platform/ids/ids';
import { evolveTask } from '@undertone/platform/jobs/task';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { backUpStream, restoreStream } from '@undertone/platform/test-kit/stream-backup';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Harness, startHarness } from './harness.js';
import { appendSnapshot, recordSnapshot } from './recorded-snapshots.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const projection = consumers.listeningSnapshots.name;

let harness: Harness;
beforeAll(async () => {
  // A day later only the snapshot is computed again.
  harness = await startHarness({}, { FRESH_MINUTES_PLAYS: '100000' });
});
afterAll(() => harness?.stop());

const health = () => harness.rpc.ask(healthOf('ingestion'), {});
const ids = async () => {
  const rows: { id: string }[] = await harness
    .orm()
    .em.fork()
    .execute('select id from listening_snapshot order by sequence');
  return rows.map(({ id }) => id);
};

async function rebuilt(name: string): Promise<void> {
  await harness.rpc.ask(startRebuild('ingestion'), { projection: name, swap: 'always' });
  await eventually('it is swapped in', async () => {
    const { rebuilds } = await harness.rpc.ask(listRebuilds('ingestion'), {});
    const found = rebuilds.find((one) => one.projection === name);
    if (found?.status === 'failed') throw new Error(found.error ?? '');
    return found?.status === 'swapped';
  });
}

/** What a job says once it has ended, or waits. */
const said = (jobId: string) =>
  eventually('the job has ended, or waits', async () => {
    const last = (await harness.jobEvents(jobId)).at(-1);
    const task = last && evolveTask(undefined, last)?.task;
    return (task?.status === 'SUCCESS' || task?.status === 'FAILURE' || task?.status === 'RETRY') && task;
  });

it('says of a log that lost its end what to do, and is mended by a rebuild', async () => {
  const userId = newId();
  const kept = await recordSnapshot(harness, userId, '2026-01-01', 'short_term');
  const nats = await harness.infrastructure.connect();
  const backup = await backUpStream(nats, 'LISTENING');
  const lost = await recordSnapshot(harness, userId, '2026-01-02', 'short_term');
  expect(await ids()).toEqual([kept, lost]);

  await restoreStream(nats, backup);
  await eventually('it is down, and says what to do', async () => {
    const { status, dependencies } = await health();
    const told = dependencies.projections?.detail?.includes(`ops rebuilds start ${projection} --swap always`);
    return status === 'down' && told;
  });
  expect(await ids()).toEqual([kept, lost]);

  await rebuilt(projection);
  expect(await ids()).toEqual([kept]);
  await eventually('the projection is well again', async () => {
    const detail = (await health()).dependencies.projections?.detail ?? '';
    return !detail.includes(projection);
  });
  const next = await recordSnapshot(harness, userId, '2026-01-03', 'short_term');
  expect(await ids()).toEqual([kept, next]);
});

it('has an ingest wait that would answer with a snapshot which the log lost', async () => {
  const userId = newId();
  await harness.ingest(userId, 'medium_term');
  const nats = await harness.infrastructure.connect();
  const backup = await backUpStream(nats, 'LISTENING');
  harness.simulator.clock.advance(DAY_MS);
  const lost = (await harness.ingest(userId, 'medium_term')).task.result;
  expect(lost).toMatchObject({ reused: false });
  await restoreStream(nats, backup);
  // The log has the lists that the snapshot follows from, and the plays.
  expect(await said(await harness.request(userId, 'medium_term'))).toMatchObject({
    status: 'RETRY',
    error: { code: 'READ_MODEL_AHEAD' },
  });
  await rebuilt(projection);
  const { snapshot_id } = lost ?? {};
  // The job that waited may have been first.
  expect((await harness.ingest(userId, 'medium_term')).task.result).toMatchObject({ snapshot_id });
  expect((await harness.listening(userId)).map(({ id }) => id)).toContain(snapshot_id);
  expect(await ids()).toContain(snapshot_id);
});

it('has an ingest wait that would go by lists which the log lost', async () => {
  const userId = newId();
  const nats = await harness.infrastructure.connect();
  const backup = await backUpStream(nats, 'LISTENING');
  await harness.ingest(userId, 'medium_term');
  await restoreStream(nats, backup);
  // Others have what was its place.
  const others = newId();
  for (const day of ['01', '02', '03', '04'])
    await appendSnapshot(harness, others, `2026-01-${day}`, 'short_term');
  expect(await said(await harness.request(userId, 'medium_term'))).toMatchObject({
    status: 'RETRY',
    error: { code: 'READ_MODEL_AHEAD', message: expect.stringContaining(consumers.plays.name) },
  });
});
