import type { Redis } from 'ioredis';

/** A key with the time that it had left, in milliseconds; −1: for ever. */
interface KeptKey {
  readonly key: string;
  readonly ttl: number;
  /** Of a string, or a hash. */
  readonly value: string | Record<string, string>;
}

/** @param redis without a prefix. */
export async function keepRedis(redis: Redis, prefix: string): Promise<KeptKey[]> {
  const kept: KeptKey[] = [];
  for (const key of (await redis.keys(`${prefix}*`)).sort()) {
    const type = await redis.type(key);
    const ttl = await redis.pttl(key);
    if (type === 'none') continue;
    kept.push({ key: key.slice(prefix.length), ttl, value: await readValue(redis, type, key) });
  }
  return kept;
}

/** Everything has as long to live as it had: a cache of the older release is still there when the newer one starts. */
export async function restoreRedis(redis: Redis, prefix: string, kept: readonly KeptKey[]): Promise<void> {
  for (const { key: name, ttl, value } of kept) {
    const key = `${prefix}${name}`;
    if (typeof value === 'string') await redis.set(key, value);
    else await redis.hset(key, value);
    if (ttl > 0) await redis.pexpire(key, ttl);
  }
}

async function readValue(redis: Redis, type: string, key: string): Promise<KeptKey['value']> {
  if (type === 'string') return (await redis.get(key)) ?? '';
  if (type === 'hash') return redis.hgetall(key);
  throw new Error(`${key} is a ${type}, which is not kept yet`);
}
