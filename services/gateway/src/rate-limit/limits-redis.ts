import type { Logger } from '@undertone/platform/logging/logger';
import { Redis } from 'ioredis';

/**
 * A connection for what is asked on every request and may be left out: it never waits for Redis longer than a
 * person would notice, unlike the cache's, whose drops wait until Redis is back.
 */
export function connectLimitsRedis(url: string, prefix: string, log: Logger): Redis {
  const redis = new Redis(url, {
    keyPrefix: prefix,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: 250,
    connectTimeout: 2_000,
    retryStrategy: (times) => Math.min(times * 200, 2_000),
  });
  // That Redis is gone is said by the cache's connection.
  redis.on('error', (error: Error) => log.debug({ err: error }, 'Redis is gone, nothing is limited'));
  return redis;
}
