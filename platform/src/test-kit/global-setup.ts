import type { TestProject } from 'vitest/node';
import { startTestPostgres, startTestRedis } from './servers.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Address of the administrator of a Postgres server that all files share. */
    postgresUrl: string;
    redisUrl: string;
  }
}

/** Starts what the files of a package share; each file makes its own database and keys in it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [postgres, redis] = await Promise.all([startTestPostgres(), startTestRedis()]);
  project.provide('postgresUrl', postgres.url);
  project.provide('redisUrl', redis.url);
  return async () => {
    await Promise.all([postgres.stop(), redis.stop()]);
  };
}
