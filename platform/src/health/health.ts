import { setTimeout as sleep } from 'node:timers/promises';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { NatsConnection } from '@nats-io/transport-node';
import type { DependencyState, HealthReport } from '@undertone/contracts/health';
import type { AskerName } from '@undertone/contracts/service-name';
import { tryOwnKeys } from '../cache/open-redis.js';
import type { RedisBreaker } from '../cache/redis-breaker.js';

/** Asks one dependency how it is; throws, or says `down`, when it is not well. */
export type HealthCheck = () => Promise<DependencyState>;

/** Less than the gateway waits for the whole report. */
const CHECK_TIMEOUT_MS = 1_000;

/** Runs all checks at once, each under a deadline; the whole is up when every part is. */
export async function checkHealth(checks: Readonly<Record<string, HealthCheck>>): Promise<HealthReport> {
  const states = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await answerOf(check)] as const),
  );
  const dependencies = Object.fromEntries(states);
  const up = states.every(([, state]) => state.status === 'up');
  return { status: up ? 'up' : 'down', dependencies };
}

async function answerOf(check: HealthCheck): Promise<DependencyState> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<DependencyState>((resolve) => {
    timer = setTimeout(() => resolve({ status: 'down', detail: 'no answer' }), CHECK_TIMEOUT_MS);
  });
  try {
    return await Promise.race([check(), late]);
  } catch (error) {
    return { status: 'down', detail: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}

export const natsCheck =
  (nats: NatsConnection): HealthCheck =>
  async () => {
    await nats.flush();
    return { status: 'up' };
  };

export const postgresCheck =
  (orm: MikroORM): HealthCheck =>
  async () => {
    await orm.em.fork().execute('select 1');
    return { status: 'up' };
  };

/** Shorter than a check may take: that the server does not say is no fault of the lanes. */
const PAUSED_TIMEOUT_MS = 500;

/** An operator's pause is no fault, and worth a word. @param paused the lanes that are. */
export const pausedCheck =
  (paused: () => Promise<readonly string[]>): HealthCheck =>
  async () => {
    const unknown = sleep(PAUSED_TIMEOUT_MS, [], { ref: false });
    const lanes = await Promise.race([paused(), unknown]).catch(() => []);
    return { status: 'up', ...(lanes.length > 0 && { detail: `paused: ${lanes.join(', ')}` }) };
  };

/** Redis down makes the system slower, not wrong: it is reported, and its service goes on. */
export const redisCheck =
  (redis: RedisBreaker, service: AskerName): HealthCheck =>
  async () => {
    await tryOwnKeys(redis, service);
    return { status: 'up' };
  };
