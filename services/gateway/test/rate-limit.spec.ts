import { eventually } from '@undertone/platform/test-kit/eventually';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
    const other = await system.another(limits);
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
});
