import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import pg from 'pg';
import type { Durability, JobEngine } from './job-engine.js';

const logger = new Logger(() => () => undefined);

/** graphile-worker on a database whose commits wait for the disk, or do not. */
export async function graphileEngine(databaseUrl: string, durability: Durability): Promise<JobEngine> {
  const options = `-c synchronous_commit=${durability === 'relaxed' ? 'off' : 'on'}`;
  const pgPool = new pg.Pool({ connectionString: databaseUrl, max: 12, options });
  pgPool.on('error', () => undefined);
  const utils = await makeWorkerUtils({ pgPool, logger });
  await utils.migrate();
  return {
    name: 'graphile-worker',
    async fill(count) {
      for (let left = count; left > 0; left -= 1_000) {
        const size = Math.min(left, 1_000);
        await utils.addJobs(
          Array.from({ length: size }, () => ({ identifier: 'bench', payload: { number: count } })),
        );
      }
    },
    async work(slots, done) {
      const runner = await run({
        pgPool,
        logger,
        concurrency: slots,
        noHandleSignals: true,
        taskList: { bench: async () => done() },
      });
      return () => runner.stop();
    },
    async close() {
      await utils.release();
      await pgPool.end();
    },
  };
}
