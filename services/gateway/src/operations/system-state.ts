import type { NatsConnection } from '@nats-io/transport-node';
import type { RedisPart, ServicePart, StreamSize, SystemState } from '@undertone/contracts/operations/system';
import { serviceNames } from '@undertone/contracts/service-name';
import type { RedisBreaker } from '@undertone/platform/cache/redis-breaker';

/** The parts put together: a stream that several services use is told of once. */
export function systemOf(
  parts: readonly ServicePart[],
  nats: Pick<NatsConnection, 'info'>,
  redis: RedisPart | null,
): SystemState {
  const streams = [
    ...new Map(parts.flatMap((part) => part.streams.map((one) => [one.name, one] as const))).values(),
  ].sort((one, other) => other.bytes - one.bytes);
  return {
    services: parts.map(({ streams: _streams, budgets: _budgets, ...part }) => part),
    unanswered: serviceNames.filter((name) => !parts.some(({ service }) => service === name)),
    nats: { version: nats.info?.version ?? 'unknown' },
    redis,
    budgets: parts.find(({ budgets }) => budgets)?.budgets ?? null,
    streams,
    disk: diskOf(parts, streams),
  };
}

function diskOf(parts: readonly ServicePart[], streams: readonly StreamSize[]): SystemState['disk'] {
  const tables = parts.flatMap(({ database }) => database.tables);
  const tables_bytes = sum(tables.map(({ table_bytes, index_bytes }) => table_bytes + index_bytes));
  const growths = tables.map(({ growth_per_day }) => growth_per_day);
  const isKnown = growths.every((growth) => growth !== null);
  return {
    streams_bytes: sum(streams.map(({ bytes }) => bytes)),
    streams_in_30_days: streams.every(({ in_30_days }) => in_30_days === null)
      ? null
      : sum(streams.map(({ bytes, in_30_days }) => in_30_days ?? bytes)),
    tables_bytes,
    tables_in_30_days: isKnown ? Math.max(0, tables_bytes + 30 * sum(growths.map(Number))) : null,
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/** What Redis says of itself; `null` where it does not answer. */
export async function redisPart(breaker: RedisBreaker): Promise<RedisPart | null> {
  const told = await breaker.ask((redis) => redis.info()).catch(() => undefined);
  if (told === undefined) return null;
  const fields = new Map(told.split('\r\n').map((line) => line.split(':', 2) as [string, string]));
  const number = (name: string) => Number(fields.get(name) ?? 0);
  const [hits, misses, limit] = [number('keyspace_hits'), number('keyspace_misses'), number('maxmemory')];
  return {
    version: fields.get('redis_version') ?? 'unknown',
    hit_rate: hits + misses > 0 ? hits / (hits + misses) : null,
    hits,
    misses,
    memory_bytes: number('used_memory'),
    memory_limit: limit > 0 ? limit : null,
    expired: number('expired_keys'),
    evicted: number('evicted_keys'),
  };
}
