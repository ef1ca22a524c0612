import { newId } from '@undertone/platform/ids/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemOf } from './client.js';
import { answerSignIn, signedInAs } from './sign-in-behind.js';
import { type CalledGateway, startCalled, startSystem, type TestSystem } from './system.js';

const NAMED = 'https://music.example';

let system: TestSystem;
let gateway: CalledGateway;
beforeAll(async () => {
  system = await startSystem();
  const user_id = newId();
  await answerSignIn(system.behind, user_id);
  gateway = await startCalled(
    { ...system.environment, AUTH_MODE: 'accounts', CORS_ORIGINS: `${NAMED}, https://other.example` },
    async ({ headers }) =>
      headers.authorization
        ? { caller: signedInAs(user_id), credential: { id: newId() } }
        : { caller: { who: { kind: 'anonymous' }, roles: [], scopes: [], authenticated_by: 'nothing' } },
  );
});
afterAll(async () => {
  await gateway?.close();
  await system?.stop();
});

const from = (origin: string, more: Record<string, string> = {}) => ({ headers: { origin, ...more } });
const preflight = (origin: string) =>
  gateway.send(
    'OPTIONS',
    '/api/auth/sessions',
    from(origin, {
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'authorization',
    }),
  );

describe('a page of another origin', () => {
  it('that the operator named may ask, with a token of its own, and read the answer and its limits', async () => {
    const asked = await preflight(NAMED);
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-origin')).toBe(NAMED);
    expect(asked.headers.get('access-control-allow-headers')).toContain('authorization');
    expect(asked.headers.get('access-control-allow-credentials')).toBeNull();
    const read = await gateway.send('GET', '/api/auth/sessions', from(NAMED, { authorization: 'Bearer t' }));
    expect([read.status, read.headers.get('access-control-allow-origin')]).toEqual([200, NAMED]);
    expect(read.headers.get('access-control-expose-headers')).toContain('retry-after');
    expect(read.headers.get('vary')).toContain('Origin');
  });

  it('that the operator named may read why it is refused', async () => {
    const refused = await gateway.send('GET', '/api/auth/sessions', from(NAMED));
    expect(problemOf(refused).code).toBe('UNAUTHENTICATED');
    expect(refused.headers.get('access-control-allow-origin')).toBe(NAMED);
  });

  it('that the operator named may do nothing by cookies', async () => {
    const refused = await gateway.send('POST', '/api/auth/logout-everywhere', from(NAMED, { cookie: 'a=b' }));
    expect(problemOf(refused).code).toBe('FOREIGN_PAGE');
  });

  it.each(['https://evil.example', 'https://music.example.evil.example', 'http://music.example', 'null'])(
    'of %s is told nothing',
    async (origin) => {
      for (const reply of [
        await preflight(origin),
        await gateway.send('GET', '/api/auth/sessions', from(origin, { authorization: 'Bearer t' })),
      ]) {
        expect(reply.headers.get('access-control-allow-origin')).toBeNull();
      }
    },
  );
});
