import { servicePrincipal } from '@undertone/contracts/access/principal';
import { healthOf } from '@undertone/contracts/health';
import { nobody } from '@undertone/contracts/id';
import { listUsers } from '@undertone/contracts/identity/rpc';
import { ingestAllUsers } from '@undertone/contracts/jobs/for-everyone';
import { ingestListeningData } from '@undertone/contracts/jobs/ingest-listening-data';
import { getTask } from '@undertone/contracts/jobs/task';
import { listQueues, pauseQueue } from '@undertone/contracts/operations/queue';
import { getWorker } from '@undertone/contracts/operations/worker';
import { linkedUsers } from '@undertone/contracts/token/rpc';
import { derivedId, newId } from '@undertone/platform/ids/ids';
import { requestDerivedJob, requestJob } from '@undertone/platform/jobs/request-job';
import type { RunningService } from '@undertone/platform/nest/start-service';
import { RpcClient } from '@undertone/platform/rpc/rpc-client';
import { answer } from '@undertone/platform/test-kit/answer';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { ServiceUnderTest } from '@undertone/platform/test-kit/service-under-test';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forEveryone } from '../src/runs/for-everyone.js';
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

  it('take each job of a run for everyone once, and a run that was cut off goes on where it was', async () => {
    const everybody = Array.from({ length: 2_000 }, (_, at) => derivedId('person', String(at))).sort();
    const rpc = {
      ask: async (_: unknown, { after = '', limit }: { after?: string; limit: number }) => ({
        user_ids: everybody.filter((id) => id > after).slice(0, limit),
        total: everybody.length,
      }),
    } as unknown as RpcClient;
    const { store } = scheduler;
    const [jobId, requestedAt] = [newId(), new Date()];
    const run = async (most: number) => {
      const cutOff = new AbortController();
      const sent: string[] = [];
      const requestsOf = async (userIds: string[]) =>
        userIds.map((userId) => {
          const own = derivedId(jobId, userId);
          const payload = { user_id: userId, time_range: 'short_term' } as const;
          const request = { jobId: own, payload, lane: 'bulk', source: 'test', causationId: jobId } as const;
          const send = () => {
            sent.push(userId);
            if (sent.length === most) cutOff.abort();
            return requestDerivedJob(store, ingestListeningData, request);
          };
          return { userId, jobId: own, send };
        });
      const context = {
        jobId,
        requestedAt,
        payload: { user_id: nobody } as const,
        signal: cutOff.signal,
        progress: () => undefined,
      };
      const result = await forEveryone({ store, rpc }, context, requestsOf).catch(() => 'cut off');
      return { sent, result };
    };
    expect((await run(1_700)).result).toBe('cut off');
    // Somebody came meanwhile, and somebody went.
    everybody.splice(100, 1);
    everybody.splice(1_200, 0, `${everybody[1_199]?.slice(0, -4)}ffff`);
    const again = await run(Number.POSITIVE_INFINITY);
    expect(again.result).toEqual({ people: 2_000, requested: 2_000 });
    // The page that the first try had ended, but for the next one, is sent once more, and nothing before it.
    expect(again.sent[0]).toBe(everybody[1_000]);
    const requested = await store.readFiltered('JOBS', 'jobs.spotify.bulk.*.requested');
    const ofRun = requested.filter(({ causationId }) => causationId === jobId);
    expect(new Set(ofRun.map(({ correlationId }) => correlationId)).size).toBe(ofRun.length);
    expect(ofRun).toHaveLength(2_001);
  });
});
