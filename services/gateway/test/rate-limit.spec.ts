import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemOf, type Reply } from './client.js';
import { conforms } from './conforms.js';
import { startSystem, type TestSystem } from './system.js';

let system: TestSystem;
beforeAll(async () => {
  system = await startSystem({ RATE_LIMIT_REQUESTS: '5', RATE_LIMIT_WINDOW_SECONDS: '600' });
});
afterAll(() => system.stop());

describe('the rate limit', () => {
  it('is told with every answer, holds over replicas, and spares probes', async () => {
    const { send } = await system.another({ RATE_LIMIT_REQUESTS: '5', RATE_LIMIT_WINDOW_SECONDS: '600' });
    const replies: Reply[] = [];
    for (const one of [system.send, send, system.send, send, system.send]) {
      replies.push(await one('GET', '/api/nothing'));
    }
    expect(replies.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
    for (const [index, { headers }] of replies.entries()) {
      expect(headers.get('ratelimit-policy')).toBe('"default";q=5;w=600');
      expect(headers.get('ratelimit')).toMatch(new RegExp(`^"default";r=${4 - index};t=(600|59\\d)$`));
    }

    const reply = await send('GET', '/health');
    conforms('health', reply);
    expect(problemOf(reply)).toMatchObject({ status: 429, code: 'RATE_LIMITED' });
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(590);
    expect(reply.headers.get('ratelimit')).toMatch(/^"default";r=0;t=\d+$/);
    expect((await send('GET', '/livez')).status).toBe(200);
    expect((await send('GET', '/readyz')).status).toBe(200);
  });
});
