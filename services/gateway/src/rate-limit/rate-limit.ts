import rateLimit from '@fastify/rate-limit';
import { isRedisFault, type RedisBreaker } from '@undertone/platform/cache/redis-breaker';
import type { FastifyInstance } from 'fastify';
import { clientAddress } from '../http/client-address.js';
import { HttpProblem } from '../problems/problem.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** For probes: an orchestrator that is told 429 restarts what is well. */
    unlimited?: boolean;
  }
}

export interface RateLimit {
  readonly requests: number;
  readonly windowSeconds: number;
}

/**
 * Limits requests by address, counted in Redis so that replicas share the count; without Redis, or while it hangs or refuses,
 * nothing is limited.
 *
 * The plugin counts; the headers are ours, because its draft mode still sends the separate `RateLimit-*` fields of
 * older drafts. Source: draft-ietf-httpapi-ratelimit-headers-10, sections 3 and 4.
 */
export async function limitRate(app: FastifyInstance, redis: RedisBreaker, limit: RateLimit): Promise<void> {
  await app.register(rateLimit, {
    global: false,
    redis: redis.redis,
    nameSpace: 'rate:',
    max: limit.requests,
    timeWindow: limit.windowSeconds * 1000,
    // The breaker tells what failed, and what may.
    skipOnError: false,
    keyGenerator: clientAddress,
  });
  const count = app.createRateLimit();
  const policy = `"default";q=${limit.requests};w=${limit.windowSeconds}`;

  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config.unlimited) return;
    // A connection that was reset has no address, and nobody waits for the answer.
    if ((request.ip as string | undefined) === undefined) {
      throw new HttpProblem('BAD_REQUEST', 'the connection was closed');
    }
    const state = await redis.ask(() => count(request)).catch(notCounted);
    // No time left in a window means that it could not be counted.
    if (!state || state.isAllowed || state.ttl <= 0) return;
    reply.header('ratelimit-policy', policy);
    reply.header('ratelimit', `"default";r=${state.remaining};t=${state.ttlInSeconds}`);
    if (!state.isExceeded) return;
    throw new HttpProblem('RATE_LIMITED', `at most ${limit.requests} requests in ${limit.windowSeconds} s`, {
      headers: { 'retry-after': `${state.ttlInSeconds}` },
    });
  });
}

function notCounted(error: unknown): undefined {
  if (!isRedisFault(error)) throw error;
}
