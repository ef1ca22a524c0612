import { Queue, Worker } from 'bullmq';
import type { JobEngine } from './job-engine.js';

/** BullMQ; how durable it is, is up to its Redis. */
export async function bullEngine(redisUrl: string): Promise<JobEngine> {
  const { hostname: host, port, password } = new URL(redisUrl);
  const connection = { host, port: Number(port), password, maxRetriesPerRequest: null };
  const queue = new Queue('bench', { connection });
  await queue.waitUntilReady();
  return {
    name: 'bullmq',
    async fill(count) {
      for (let left = count; left > 0; left -= 1_000) {
        const size = Math.min(left, 1_000);
        await queue.addBulk(Array.from({ length: size }, () => ({ name: 'bench', data: { number: count } })));
      }
    },
    async work(slots, done) {
      const worker = new Worker(
        'bench',
        async () => {
          done();
          return { number: 1 };
        },
        { connection, concurrency: slots },
      );
      await worker.waitUntilReady();
      return () => worker.close();
    },
    close: () => queue.close(),
  };
}
