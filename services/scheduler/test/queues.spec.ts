import { servicePrincipal } from '@undertone/contracts/access/principal';
import { healthOf } from '@undertone/contracts/health';
import { nobody } from '@undertone/contracts/id';
import { listUsers } from '@undertone/contracts/identity/rpc';
import { ingestAllUsers } from '@undertone/contracts/jobs/for-everyone';
import { getTask } from '@undertone/contracts/jobs/task';
import { listQueues, pauseQueue } from '@undertone/contracts/operations/queue';
import { getWorker } from '@undertone/contracts/operations/worker';
import { linkedUsers } from '@undertone/contracts/token/rpc';
import { requestJob } from '@undertone/platform/jobs/request-job';
import type { RunningService } from '@undertone/platform/nest/start-service';
import { RpcClient } from '@undertone/platform/rpc/rpc-client';
import { answer } from '@undertone/platform/test-kit/answer';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { ServiceUnderTest } from '@undertone/platform/test-kit/service-under-test';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startScheduler } from '../src/start-scheduler.js';

describe('queues', () => {
  let scheduler: ServiceUnderTest<RunningService>;
  const start = () => Promise.all([scheduler.start(), scheduler.start()]);
  beforeAll(async () => {
    scheduler = await ServiceUnderTest.prepare({ schema: 'scheduler', start: startScheduler });
    await start();
    // Nobody is registered.
    const { infrastructure } = scheduler;
    answer(await infrastructure.connect({}, 'identity'), listUsers, () => ({ user_ids: [], total: 0 }));
    answer(await infrastructure.connect({}, 'token'), linkedUsers, ({ user_ids }) => ({ user_ids }));
  });
  afterAll(() => scheduler?.stop());

  const lane = async () => {
    const { lanes } = await scheduler.rpc.ask(listQueues, {});
    return lanes.find(({ queue }) => queue === 'scheduled');
  };
  const requestRun = () =>
    requestJob(scheduler.store, ingestAllUsers, {
      payload: { user_id: nobody },
      lane: 'bulk',
      source: 'test',
    });
  const statusOf = async (task_id: string) =>
    (await scheduler.rpc.ask(getTask, { task_id })).found?.task.status;

  it('are paused for all replicas and through restarts, say so, and go on when they are resumed', async () => {
    const paused = await scheduler.rpc.ask(pauseQueue, { queue: 'scheduled', paused: true });
    expect(paused.lanes).toMatchObject([{ queue: 'scheduled', lane: 'bulk', paused: true }]);
    await scheduler.stopService();
    await start();
    const id = await requestRun();
    await eventually('it is known', async () => (await lane())?.depth === 1);
    expect(await lane()).toMatchObject({
      ...{ service: 'scheduler', paused: true, workable: 1, ack_pending: 0, waiting: 0 },
      ...{ oldest_seconds: expect.any(Number), recent: { minutes: 5, requested: 1, ended: 0, failed: 0 } },
    });
    const { dependencies } = await scheduler.rpc.ask(healthOf('scheduler'), {});
    expect(dependencies.queues).toEqual({ status: 'up', detail: 'paused: scheduled bulk' });
    expect(await statusOf(id)).toBe('PENDING');

    await scheduler.rpc.ask(pauseQueue, { queue: 'scheduled', lane: 'bulk', paused: false });
    await eventually('it is done', async () => (await statusOf(id)) === 'SUCCESS');
    await eventually('it is counted', async () => (await lane())?.recent.ended === 1);
    expect(await lane()).toMatchObject({ paused: false, depth: 0, workable: 0, oldest_seconds: null });
  });

  it('have no lanes but their own, and none before a replica was there', async () => {
    const wrong = scheduler.rpc.ask(pauseQueue, { queue: 'scheduled', lane: 'interactive', paused: true });
    await expect(wrong).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    const early = scheduler.rpc.ask(pauseQueue, { queue: 'insights', paused: true });
    await expect(early).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });

  it('are worked on by replicas that each answer for themselves', async () => {
    const gateway = new RpcClient(
      await scheduler.infrastructure.connect({}, 'gateway'),
      servicePrincipal('gateway'),
    );
    const replicas = await gateway.askAll(getWorker('scheduler'), {});
    expect(new Set(replicas.map(({ instance }) => instance)).size).toBe(2);
    for (const { lanes, version } of replicas) {
      expect(version).toMatch(/^\d+\.\d+\.\d+/);
      expect(lanes).toMatchObject([
        { queue: 'scheduled', lane: 'bulk', jobs: [], held: 0 },
        { queue: 'operations', lane: 'interactive', jobs: [], held: 0 },
      ]);
    }
    expect(await gateway.askAll(getWorker('token'), {})).toEqual([]);
  });
});
