import { redisKeys } from '@undertone/contracts/servers/redis-permissions';
import type { AskerName } from '@undertone/contracts/service-name';
import type { Logger } from '../logging/logger.js';
import type { RedisSettings } from '../settings/server-settings.js';
import { connectRedis } from './read-cache.js';
import { RedisBreaker } from './redis-breaker.js';

/** A service's connection to Redis. Where Redis refuses what the service will need of it, the log says so at once. */
export function openRedis(
  settings: RedisSettings & { readonly REDIS_PREFIX: string },
  service: AskerName,
  log: Logger,
): RedisBreaker {
  const redis = new RedisBreaker(connectRedis(settings, settings.REDIS_PREFIX, log), log);
  redis.onUp(() => void tryOwnKeys(redis, service).catch(() => undefined));
  return redis;
}

/**
 * Asks for a key of each kind that the service uses: a Redis may answer a PING, and know the service as a user of other keys.
 * @throws whatever `RedisBreaker.ask` does.
 */
export async function tryOwnKeys(redis: RedisBreaker, service: AskerName): Promise<void> {
  const { writes, reads } = redisKeys[service];
  const keys = [...writes, ...reads].map((pattern) => pattern.replace('*', 'health'));
  await redis.ask((connection) =>
    Promise.all([connection.ping(), ...keys.map((key) => connection.pttl(key))]),
  );
}
