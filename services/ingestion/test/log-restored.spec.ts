import { consumers } from '@undertone/contracts/consumers';
import { healthOf } from '@undertone/contracts/health';
import { listRebuilds, startRebuild } from '@undertone/contracts/rebuild';
import { newId } from '@undertone/platform/ids/ids';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { backUpStream, restoreStream } from '@undertone/platform/test-kit/stream-backup';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Harness, startHarness } from './harness.js';
import { recordSnapshot } from './recorded-snapshots.js';

const projection = consumers.listeningSnapshots.name;

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
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

  await harness.rpc.ask(startRebuild('ingestion'), { projection, swap: 'always' });
  await eventually('it is swapped in', async () => {
    const { rebuilds } = await harness.rpc.ask(listRebuilds('ingestion'), {});
    const found = rebuilds.find((one) => one.projection === projection);
    if (found?.status === 'failed') throw new Error(found.error ?? '');
    return found?.status === 'swapped';
  });
  expect(await ids()).toEqual([kept]);
  await eventually('the projection is well again', async () => {
    const detail = (await health()).dependencies.projections?.detail ?? '';
    return !detail.includes(projection);
  });
  const next = await recordSnapshot(harness, userId, '2026-01-03', 'short_term');
  expect(await ids()).toEqual([kept, next]);
});
