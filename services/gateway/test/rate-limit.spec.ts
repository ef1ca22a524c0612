import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { connectRedis } from '@undertone/platform/cache/read-cache';
import { RedisBreaker } from '@undertone/platform/cache/redis-breaker';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { silent } from '@undertone/platform/test-kit/infrastructure';
import { fastify } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpProblem } from '../src/problems/problem.js';
import { limitRate } from '../src/rate-limit/rate-limit.js';
import { problemOf, type Reply, type Send } from './client.js';
import { conforms } from './conforms.js';
import { startSystem, type TestSystem } from './system.js';

const limits = { RATE_LIMIT_REQUESTS: '20', RATE_LIMIT_WINDOW_SECONDS: '600' };

let system: TestSystem;
beforeAll(async () => {
  system = await startSystem(limits);
});
afterAll(() => system.stop());

/** What is left by a `RateLimit` header, which has to be of the draft's form. */
function leftBy({ headers }: Reply): number {
  expect(headers.get('ratelimit-policy')).toBe('"default";q=20;w=600');
  const found = /^"default";r=(\d+);t=(600|59\d)$/.exec(headers.get('ratelimit') ?? '');
  expect(found, headers.get('ratelimit') ?? 'no header').not.toBeNull();
  return Number(found?.[1]);
}

describe('the rate limit', () => {
  it('is told with every answer, holds over replicas, and spares probes', async () => {
    const other = await system.start(limits);
    const counted = async (send: Send) => {
      const reply = await send('GET', '/api/nothing');
      return reply.headers.has('ratelimit') && leftBy(reply);
    };
    await eventually('the first counts', () => counted(system.send));
    let left = await eventually('the other counts', () => counted(other.send));

    for (const replicas = [system.send, other.send]; left > 0; replicas.reverse()) {
      const reply = await (replicas[0] as Send)('GET', '/api/nothing');
      expect(reply.status).toBe(404);
      expect(leftBy(reply)).toBe(left - 1);
      left -= 1;
    }

    const reply = await other.send('GET', '/health');
    conforms('health', reply);
    expect(problemOf(reply)).toMatchObject({ status: 429, code: 'RATE_LIMITED' });
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(590);
    expect(leftBy(reply)).toBe(0);
    expect((await other.send('GET', '/livez')).status).toBe(200);
    expect((await other.send('GET', '/readyz')).status).toBe(200);
  });

  it('counts nobody whose connection is reset before the request is read, and nothing fails inside', async () => {
    const app = fastify({ logger: false });
    const { redisUrl, redisPrefix } = system.infrastructure;
    const redis = connectRedis({ REDIS_URL: redisUrl }, redisPrefix, silent);
    const codes: unknown[] = [];
    app.setErrorHandler((error, _request, reply) => {
      codes.push(error instanceof HttpProblem ? error.code : error);
      void reply.code(500).send();
    });
    await limitRate(app, new RedisBreaker(redis, silent), { requests: 1_000_000, windowSeconds: 600 });
    app.get('/', () => 'well');
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as AddressInfo;
    try {
      await eventually('the server reads the request of a connection that is gone', async () => {
        const socket = connect(port, '127.0.0.1');
        await once(socket, 'connect');
        socket.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
        socket.resetAndDestroy();
        return codes.length > 0;
      });
      expect(
        codes.every((code) => code === 'BAD_REQUEST'),
        String(codes[0]),
      ).toBe(true);
    } finally {
      await app.close();
      redis.disconnect();
    }
  });
});
