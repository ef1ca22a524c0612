import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { connectRedis } from '@undertone/platform/cache/read-cache';
import { RedisBreaker } from '@undertone/platform/cache/redis-breaker';
import { newId } from '@undertone/platform/ids/ids';
import { loadSettings } from '@undertone/platform/settings/load-settings';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { silent } from '@undertone/platform/test-kit/infrastructure';
import { fastify } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpProblem } from '../src/problems/problem.js';
import { limitAddresses, RateCounts } from '../src/rate-limit/rate-limit.js';
import { gatewaySettings } from '../src/settings.js';
import { problemOf, type Reply, readToEnd, type Send } from './client.js';
import { conforms } from './conforms.js';
import { answerSignIn, signedInAs } from './sign-in-behind.js';
import { type CalledGateway, startCalled, startSystem, type TestSystem } from './system.js';

const limits = { RATE_LIMIT_REQUESTS: '20', RATE_LIMIT_WINDOW_SECONDS: '600' };

let system: TestSystem;
beforeAll(async () => {
  system = await startSystem(limits);
});
afterAll(() => system.stop());

/** What is left by a field of the `RateLimit` header, which has to be of the draft's form. */
function leftBy({ headers }: Reply, policy = 'default'): number | undefined {
  const fields = (headers.get('ratelimit') ?? '').split(', ');
  for (const field of fields) expect(field).toMatch(/^"[\w-]+";r=\d+;t=\d+$/);
  const found = fields.find((field) => field.startsWith(`"${policy}";`));
  return found === undefined ? undefined : Number(/r=(\d+)/.exec(found)?.[1]);
}

describe('the rate limit', () => {
  it('is told with every answer, holds over replicas, and spares probes', async () => {
    const other = await system.start(limits);
    let left = leftBy(await system.send('GET', '/api/nothing')) ?? 0;
    expect(left).toBe(19);
    for (const replicas = [other.send, system.send]; left > 0; replicas.reverse()) {
      const reply = await (replicas[0] as Send)('GET', '/api/nothing');
      expect(reply.status).toBe(404);
      expect(reply.headers.get('ratelimit-policy')).toBe('"default";q=20;w=600');
      expect(leftBy(reply)).toBe(left - 1);
      left -= 1;
    }

    const reply = await other.send('GET', '/health');
    conforms('health', reply);
    expect(problemOf(reply)).toMatchObject({ status: 429, code: 'RATE_LIMITED' });
    // One comes back every 30 seconds.
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(20);
    expect(Number(reply.headers.get('retry-after'))).toBeLessThanOrEqual(30);
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
    const environment = { ...system.environment, RATE_LIMIT_REQUESTS: '1000000' };
    const settings = loadSettings('gateway', gatewaySettings, environment);
    limitAddresses(app, new RateCounts(new RedisBreaker(redis, silent)), settings);
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

describe('with sign-in', () => {
  let gateway: CalledGateway;
  const [ada, ben] = [newId(), newId()];
  /** Whoever the header names, by a session or by the key that it names. */
  const as = (who: string, key?: string) => ({ 'x-who': who, ...(key && { 'x-key': key }) });
  beforeAll(async () => {
    await answerSignIn(system.behind, ada);
    const environment = {
      ...system.environment,
      // Counted apart from the gateways of the other tests.
      REDIS_PREFIX: `${system.environment.REDIS_PREFIX}signed-in:`,
      AUTH_MODE: 'accounts',
      TRUSTED_PROXIES: '127.0.0.0/8',
      RATE_LIMIT_WINDOW_SECONDS: '600',
      RATE_LIMIT_SIGN_IN: '5',
      RATE_LIMIT_READS: '12',
      RATE_LIMIT_WRITES: '6',
      UPLOAD_LIMIT_BYTES: '10000',
      RATE_LIMIT_UPLOAD_BYTES: '25000',
    };
    gateway = await startCalled(environment, async ({ headers }) => {
      const [who, key] = [String(headers['x-who']), headers['x-key']];
      if (key) {
        const caller = signedInAs(who, { authenticated_by: 'api_key' });
        return { caller, credential: { id: String(key) } };
      }
      return { caller: signedInAs(who), credential: { id: who } };
    });
  });
  afterAll(() => gateway.close());

  /** Sends until it is refused. */
  async function untilRefused(send: () => Promise<Reply>): Promise<{ taken: number; refused: Reply }> {
    for (let taken = 0; ; taken += 1) {
      const reply = await send();
      if (reply.status === 429) return { taken, refused: reply };
      if (taken > 50) throw new Error('nothing is limited');
    }
  }
  const read = (who: string, key?: string) =>
    gateway.send('GET', '/api/auth/sessions', { headers: as(who, key) });

  it('a person is limited wherever they come from, and nobody else is', async () => {
    let from = 0;
    const { taken, refused } = await untilRefused(() => {
      from += 1;
      return gateway.send('GET', '/api/auth/sessions', {
        headers: { ...as(ada), 'x-forwarded-for': `192.0.2.${from}` },
      });
    });
    expect(taken).toBe(12);
    conforms('listSessions', refused);
    expect(problemOf(refused)).toMatchObject({
      code: 'RATE_LIMITED',
      detail: expect.stringContaining('12 reads'),
    });
    expect([leftBy(refused, 'reads'), leftBy(refused)]).toEqual([0, 599]);
    const other = await read(ben);
    expect([other.status, leftBy(other, 'reads')]).toEqual([200, 11]);
    // Reads leave writes alone.
    const write = await gateway.send('POST', '/api/auth/logout-everywhere', { headers: as(ada) });
    expect(leftBy(write, 'writes')).toBe(5);
  });

  it('a key may use half of what its person may, and the person the rest', async () => {
    const cora = newId();
    expect((await untilRefused(() => read(cora, 'a-key'))).taken).toBe(6);
    expect((await untilRefused(() => read(cora))).taken).toBe(6);
    expect((await read(cora, 'another-key')).status).toBe(429);
  });

  it('tries to sign in are limited by address, a network of IPv6 as one', async () => {
    let from = 0;
    const signIn = () => {
      from += 1;
      return gateway.send('POST', '/api/auth/login', {
        headers: { 'x-forwarded-for': `2001:db8:7:7::${from}` },
        json: { email: 'ada@example.org', password: 'wrong' },
      });
    };
    const { taken, refused } = await untilRefused(signIn);
    expect(taken).toBe(5);
    expect(problemOf(refused).detail).toContain('5 sign-in in 600 s');
  });

  it('a session goes on behind an address whose tries to sign in are used up', async () => {
    const send = (path: string, json: object) =>
      gateway.send('POST', path, { headers: { ...as(newId()), 'x-forwarded-for': '192.0.2.77' }, json });
    await untilRefused(() => send('/api/auth/login', { email: 'ada@example.org', password: 'wrong' }));
    const refresh = () => send('/api/auth/refresh', { refresh_token: 'a-refresh-token' });
    const first = await refresh();
    expect([first.status, leftBy(first, 'refreshes'), leftBy(first, 'sign-in')]).toEqual([200, 5, undefined]);
    const { taken, refused } = await untilRefused(refresh);
    expect(taken).toBe(5);
    expect(problemOf(refused).detail).toContain('6 refreshes in 600 s');
  });

  it('files are limited by their bytes', async () => {
    const upload = async () => {
      const form = new FormData();
      form.append('file', new Blob(['x'.repeat(9_000)]), 'Streaming_History_Audio_2025.json');
      const sent = { method: 'POST', headers: as(newcomer), body: form };
      return readToEnd(await fetch(new URL('/api/imports', gateway.url), sent));
    };
    const newcomer = newId();
    const { taken, refused } = await untilRefused(upload);
    expect(taken).toBe(2);
    expect(problemOf(refused).detail).toContain('25000 bytes of uploads');
  });
});

it('without Redis each process limits by itself', async () => {
  const alone = await startCalled({ ...system.environment, ...limits, REDIS_URL: 'redis://127.0.0.1:1' });
  try {
    const replies = [];
    for (let i = 0; i < 21; i += 1) replies.push(await alone.send('GET', '/api/nothing'));
    expect(replies.map(({ status }) => status)).toEqual([...Array(20).fill(404), 429]);
  } finally {
    await alone.close();
  }
});

it('goes by the connection, whatever X-Forwarded-For says, where no proxy is named', async () => {
  const limited = { ...system.environment, RATE_LIMIT_REQUESTS: '2', REDIS_URL: 'redis://127.0.0.1:1' };
  const direct = await startCalled(limited);
  try {
    const statuses: number[] = [];
    for (let i = 0; i < 3; i += 1) {
      const headers = { 'x-forwarded-for': `192.0.2.${i}`, forwarded: `for=192.0.2.${i}` };
      statuses.push((await direct.send('GET', '/api/nothing', { headers })).status);
    }
    expect(statuses).toEqual([404, 404, 429]);
  } finally {
    await direct.close();
  }
});
