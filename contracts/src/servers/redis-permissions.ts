import { insightGroup, insightsEpoch, insightsGroup } from '../insight/cache-keys.js';
import { taskGroup } from '../jobs/cache-keys.js';
import { listeningEpoch, playsGroup, snapshotsGroup } from '../listening/cache-keys.js';
import { rewriter } from '../personal-data/erasure.js';
import type { AskerName } from '../service-name.js';
import { REVOCATIONS } from '../sign-in/revocations.js';

/** Which keys a service uses, as Redis' patterns without the prefix that all of them have. */
export interface RedisKeys {
  readonly writes: readonly string[];
  /** Those of others that it only reads. */
  readonly reads: readonly string[];
}

// What a group has beside itself (its generation, the versions of its fields) begins as the group does.
const listening = [snapshotsGroup('*'), playsGroup('*'), listeningEpoch];
const insights = [insightsGroup('*'), insightsEpoch, insightGroup('*')];
const tasks = [taskGroup('*')];

/** The keys of every service; one that is in no list uses none. */
export const redisKeys: Readonly<Record<AskerName, RedisKeys>> = {
  gateway: {
    writes: ['rate:*', 'idempotency:*', 'idempotency-answer:*'],
    reads: [...listening, ...insights, ...tasks, REVOCATIONS],
  },
  identity: { writes: [REVOCATIONS], reads: [] },
  token: { writes: [], reads: [] },
  // Calls of Spotify and ReccoBeats.
  ingestion: { writes: [...listening, 'v1:calls:*'], reads: [] },
  insight: { writes: [...insights, 'v1:model-calls:*'], reads: [] },
  scheduler: { writes: tasks, reads: [] },
};

/** The commands of our services, those that their scripts run included; none that is about all keys. */
export const redisCommands: readonly string[] = [
  ...['ping', 'info', 'time', 'multi', 'exec', 'eval', 'evalsha'],
  ...['get', 'set', 'incr', 'del', 'expire', 'pexpire', 'pexpireat', 'pttl'],
  ...['hget', 'hset', 'hdel', 'hexists', 'hgetall', 'hincrby'],
  ...['zadd', 'zrem', 'zmscore', 'zcard', 'zcount', 'zrange', 'zrangebyscore', 'zremrangebyscore'],
];

/** What one service does besides, to the server: after an erasure what was dropped leaves its files. */
export const ownCommands: Readonly<Partial<Record<AskerName, readonly string[]>>> = {
  [rewriter]: ['bgrewriteaof', 'bgsave'],
};

/** All commands of a service. */
export const redisCommandsOf = (service: AskerName): readonly string[] => [
  ...redisCommands,
  ...(ownCommands[service] ?? []),
];

/**
 * What Redis is told of a service, in the words of `ACL SETUSER`.
 * @param prefix of every key.
 */
export function redisRules(service: AskerName, prefix: string): readonly string[] {
  const { writes, reads } = redisKeys[service];
  return [
    ...['reset', 'on'],
    ...writes.map((pattern) => `~${prefix}${pattern}`),
    ...reads.map((pattern) => `%R~${prefix}${pattern}`),
    ...redisCommandsOf(service).map((command) => `+${command}`),
  ];
}
