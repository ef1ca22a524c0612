import type { NatsConnection } from '@nats-io/transport-node';
import { consumers } from '@undertone/contracts/consumers';
import { defineJob } from '@undertone/contracts/jobs/job';
import type { Lane } from '@undertone/contracts/jobs/queues';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { newId } from '@undertone/platform/ids/ids';
import type { RegisteredJob } from '@undertone/platform/jobs/job-handler';
import { JobRunner } from '@undertone/platform/jobs/job-runner';
import { requestJob } from '@undertone/platform/jobs/request-job';
import { ensureConsumer } from '@undertone/platform/nats/ensure-streams';
import { silent } from '@undertone/platform/test-kit/infrastructure';
import { z } from 'zod';
import { type JobEngine, manyTimes } from './job-engine.js';

/** Does nothing. */
export const idleJob = defineJob({
  type: 'bench',
  queue: 'spotify',
  maxAttempts: 3,
  payload: z.object({ user_id: z.uuid(), number: z.int() }),
  result: z.object({ number: z.int() }),
});

/** Ours, as the services run it. */
export async function undertoneEngine(nats: NatsConnection, lane: Lane): Promise<JobEngine> {
  const consumer = consumers[`ingestion-spotify-${lane}`];
  const store = await EventStore.open(nats);
  await ensureConsumer(store.manager, consumer, 1);
  return {
    name: 'undertone',
    fill: (count) =>
      manyTimes(count, 100, () =>
        requestJob(store, idleJob, {
          payload: { user_id: newId(), number: count },
          lane,
          source: 'bench',
        }),
      ),
    async work(slots, done) {
      const job: RegisteredJob = {
        definition: idleJob,
        async handle() {
          done();
          return { number: 1 };
        },
      };
      const runner = new JobRunner({
        nats,
        store,
        log: silent,
        consumer,
        jobs: new Map([[idleJob.type, job]]),
        slots,
        worker: 'bench',
        random: Math.random,
        pullMs: 1_000,
      });
      runner.start();
      return () => runner.stop(5_000);
    },
    async close() {},
  };
}
