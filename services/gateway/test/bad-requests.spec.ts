import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { registerUser } from '@undertone/contracts/identity/rpc';
import { problem } from '@undertone/contracts/rest/problem';
import type { RouteDefinition } from '@undertone/contracts/rest/route';
import { routes } from '@undertone/contracts/rest/routes';
import { newId } from '@undertone/platform/ids/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { badFields, problemOf, type Sent } from './client.js';
import { conforms } from './conforms.js';
import { registration, tokens } from './examples.js';
import { startSystem, type TestSystem } from './system.js';

let system: TestSystem;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.stop());

const user_id = newId();

describe('bad input is refused, by name', () => {
  it.each<[string, string, string, Sent, string[]]>([
    ['registerUser', 'POST', '/api/users/register', { json: {} }, ['display_name']],
    ['registerUser', 'POST', '/api/users/register', {}, ['display_name']],
    ['registerUser', 'POST', '/api/users/register', { json: [] }, ['', 'display_name']],
    [
      'registerUser',
      'POST',
      '/api/users/register',
      { json: { ...registration('x'), email: 'nobody', admin: true } },
      ['admin', 'email'],
    ],
    [
      'storeTokens',
      'POST',
      '/api/tokens/store',
      { json: { ...tokens(user_id), expires_in: 'soon' } },
      ['expires_in'],
    ],
    [
      'ingestListening',
      'POST',
      '/api/listening/ingest',
      { query: { user_id: 'me' } },
      ['time_range', 'user_id'],
    ],
    [
      'ingestListening',
      'POST',
      '/api/listening/ingest',
      { query: { user_id, time_range: 'short_term' }, json: { user_id: newId() } },
      ['user_id'],
    ],
    [
      'generateInsight',
      'POST',
      '/api/insights/generate',
      { query: { tone_mode: 'loud' }, json: { insight_type: 'poem' } },
      ['insight_type', 'snapshot_id', 'tone_mode'],
    ],
    ['listSnapshots', 'GET', '/api/listening/snapshots', {}, ['user_id']],
    [
      'listSnapshots',
      'GET',
      '/api/listening/snapshots',
      { query: { user_id, limit: '0', from: 'monday', page: '2' } },
      ['from', 'limit', 'page'],
    ],
    ['listHistory', 'GET', '/api/listening/history', {}, ['user_id']],
    [
      'listHistory',
      'GET',
      '/api/listening/history',
      { query: { user_id, from: '2026-11-02', to: '2026-11-01', time_zone: 'Mars/Olympus', order: 'asc' } },
      ['from', 'order', 'time_zone'],
    ],
    [
      'listTrends',
      'GET',
      '/api/listening/trends',
      { query: { user_id, bucket: 'hour', from: '0000-01-01', to: '2026-02-30', time_zone: '+02:00' } },
      ['bucket', 'from', 'time_zone', 'to'],
    ],
    ['listTop', 'GET', '/api/listening/top', { query: { by: 'love' } }, ['by', 'kind', 'user_id']],
    ['getSnapshot', 'GET', '/api/listening/snapshots/newest', {}, ['snapshot_id']],
    ['compareSnapshots', 'GET', '/api/listening/compare', { query: { a: 'x', c: 'y' } }, ['a', 'b', 'c']],
    [
      'registerUser',
      'POST',
      '/api/users/register',
      { json: { ...registration('x'), time_zone: 'Here' } },
      ['time_zone'],
    ],
    ['listInsights', 'GET', '/api/insights/user/me', {}, ['user_id']],
    ['getInsight', 'GET', '/api/insights/newest', {}, ['insight_id']],
    ['getTask', 'GET', '/api/tasks/1', {}, ['task_id']],
    [
      'listTasks',
      'GET',
      '/api/tasks',
      { query: { status: 'DONE', queue: 'x', lane: 'x', type: 'No', from: 'x', text: '--', page: '2' } },
      ['from', 'lane', 'page', 'queue', 'status', 'text', 'type'],
    ],
    [
      'listJobs',
      'GET',
      '/api/admin/jobs',
      { query: { from: '2026-11-30T10:00:00Z', until: '2026-11-30T09:59:59Z' } },
      ['until'],
    ],
    ['getJob', 'GET', '/api/admin/jobs/newest', {}, ['task_id']],
    ['health', 'GET', '/health', { query: { deep: '1' } }, ['deep']],
  ])('%s: %s %s %j', async (operation, method, path, sent, fields) => {
    const reply = await system.send(method, path, sent);
    expect(reply.status).toBe(422);
    conforms(operation, reply);
    expect(badFields(reply)).toEqual(fields);
    expect(problemOf(reply).code).toBe('INVALID_INPUT');
  });

  it('says of a field that is given more than once that it is', async () => {
    const reply = await system.send('GET', `/api/listening/history?user_id=${user_id}&user_id=${user_id}`);
    expect(problemOf(reply).errors).toEqual([{ path: 'user_id', message: 'is given more than once' }]);
  });

  it('says of a field that is nested too deeply that it is', async () => {
    const [open, close] = ['[', ']'].map((bracket) => bracket.repeat(20_000));
    const json = `{"user_id":"${user_id}","time_range":${open}${close}}`;
    const reply = await system.send('POST', '/api/listening/ingest', { json });
    expect(problemOf(reply)).toMatchObject({
      status: 422,
      errors: [{ path: 'time_range', message: 'is nested too deeply' }],
    });
  });

  it('gives nothing back of what was sent', async () => {
    const json = { ...tokens('nobody'), refresh_token: 5 };
    const reply = await system.send('POST', '/api/tokens/store', { json });
    expect(badFields(reply)).toEqual(['refresh_token', 'user_id']);
    expect(reply.text).not.toContain('secret');
  });
});

describe('what is no request at all', () => {
  const register = '/api/users/register';
  const asText = { 'content-type': 'text/plain' };
  const plain = { headers: asText, json: 'hello' };
  const form = { headers: { 'content-type': 'application/x-www-form-urlencoded' }, json: 'display_name=Ada' };
  const feedback = `/api/insights/${newId()}/feedback`;

  it.each<[string, string, string, Sent, number, string]>([
    ['JSON that is none', 'POST', register, { json: '{"a":' }, 400, 'BAD_REQUEST'],
    ['a poisoned object', 'POST', register, { json: '{"__proto__":{"a":1}}' }, 400, 'BAD_REQUEST'],
    ['text that is not JSON', 'POST', register, plain, 400, 'BAD_REQUEST'],
    ['a form', 'POST', register, form, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    [
      'JSON as text, elsewhere',
      'POST',
      feedback,
      { headers: asText, json: {} },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    [
      'a body that says it is compressed',
      'POST',
      register,
      { headers: { 'content-encoding': 'gzip' }, json: registration('zoe') },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    ['too much', 'POST', register, { json: 'x'.repeat(70_000) }, 413, 'BODY_TOO_LARGE'],
    ['a path of nothing', 'GET', '/api/nothing', {}, 404, 'ROUTE_NOT_FOUND'],
    ['a path of nothing, with a body', 'POST', '/api/nothing', plain, 404, 'ROUTE_NOT_FOUND'],
    ['a method of nothing', 'DELETE', '/api/users/register', {}, 405, 'METHOD_NOT_ALLOWED'],
    ['a method of another route', 'GET', '/api/insights/generate', {}, 405, 'METHOD_NOT_ALLOWED'],
    ['a query that cannot be read', 'GET', '/api/users/me?user_id=%FF', {}, 400, 'BAD_REQUEST'],
    ['a lone percent sign', 'GET', '/api/users/me?user_id=5%', {}, 400, 'BAD_REQUEST'],
    ['a path that cannot be read', 'GET', '/api/tasks/%E0%A4%A', {}, 400, 'BAD_REQUEST'],
    [
      'a page of another site',
      'GET',
      '/health',
      { headers: { origin: 'https://x.example' } },
      403,
      'FOREIGN_PAGE',
    ],
    [
      'a page of another site, as a browser lets it without asking',
      'POST',
      register,
      { headers: { ...asText, origin: 'https://x.example' }, json: registration('eve') },
      403,
      'FOREIGN_PAGE',
    ],
    [
      'a page of another site with a token',
      'POST',
      register,
      { headers: { origin: 'https://x.example', authorization: 'Bearer x' }, json: registration('eve') },
      403,
      'FOREIGN_PAGE',
    ],
  ])('%s', async (_what, method, path, sent, status, code) => {
    expect(problemOf(await system.send(method, path, sent))).toMatchObject({ status, code });
  });

  it.each([
    ['no HTTP', 'HELLO\r\n\r\n', 400, 'BAD_REQUEST'],
    [
      'two hosts',
      'GET /livez HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
      400,
      'BAD_REQUEST',
    ],
    [
      'a body of bytes that are no text',
      Buffer.concat([
        Buffer.from(
          'POST /api/users/register HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 43\r\n\r\n{"spotify_user_id":"T',
        ),
        Buffer.from([0xff]),
        Buffer.from('","display_name":"A"}'),
      ]),
      400,
      'BAD_REQUEST',
    ],
    ['no host', 'GET /health HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'BAD_REQUEST'],
    [
      'an expectation',
      'POST /api/users/register HTTP/1.1\r\nHost: localhost\r\nExpect: a-miracle\r\nContent-Length: 2\r\n\r\n{}',
      417,
      'EXPECTATION_FAILED',
    ],
    ['headers without end', `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'HEADERS_TOO_LARGE'],
  ])('%s', async (_what, bytes, status, code) => {
    const { hostname, port } = new URL(system.url);
    const socket = connect(Number(port), hostname);
    socket.write(bytes);
    const [head, body] = (await text(socket)).split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} .*application/problem\\+json`, 's'));
    expect(problem.parse(JSON.parse(body ?? ''))).toMatchObject({ status, code });
  });

  it('is not a request for the name of another site that points here', async () => {
    const { hostname, port } = new URL(system.url);
    const ask = async (path: string, host: string) => {
      const asked = request({ hostname, port, path, headers: { host } });
      asked.end();
      const [answer] = (await once(asked, 'response')) as [IncomingMessage];
      return answer;
    };
    const answer = await ask('/api/models', `rebound.example:${port}`);
    const refusal = problem.parse(JSON.parse(await text(answer)));
    expect(refusal).toMatchObject({ status: 403, code: 'FOREIGN_PAGE' });
    expect(refusal.detail).toMatch(/at localhost or 127\.0\.0\.1/);
    const probe = await ask('/livez', 'gateway:8000');
    expect([probe.statusCode, await text(probe)]).toEqual([200, '{"status":"up"}']);
  });

  it('says which methods there are', async () => {
    const reply = await system.send('PUT', '/api/listening/snapshots');
    expect(reply.headers.get('allow')).toBe('GET, HEAD');
    const head = await system.send('HEAD', '/livez');
    expect(head.status).toBe(200);
  });

  it('is a body that says it has no encoding', async () => {
    const headers = { 'content-encoding': 'identity' };
    const reply = await system.send('POST', '/api/users/register', { headers, json: registration('zed') });
    expect(reply.status).toBe(200);
  });

  it.each(
    Object.values<RouteDefinition>(routes).filter(
      ({ method, from }) => method !== 'GET' && from !== 'multipart',
    ),
  )('is not a write with two Idempotency-Keys: $id', async ({ method, path }) => {
    const outgoing = request(new URL(path.replaceAll(/\{\w+\}/g, newId()), system.url), {
      method,
      headers: { 'idempotency-key': ['a', 'b'] },
    });
    outgoing.end();
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    expect(JSON.parse(await text(answer))).toMatchObject({
      status: 422,
      errors: [{ path: 'Idempotency-Key', message: 'is given more than once' }],
    });
  });

  it('is not an empty body that says it is a form', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const reply = await system.send('POST', '/api/listening/ingest', { headers, json: '' });
    expect(badFields(reply)).toEqual(['time_range', 'user_id']);
  });
});

describe('a failure inside', () => {
  it('is a 500 that says nothing', async () => {
    await system.behind.answer(registerUser, () => ({ user_id: 'not an id' }) as never);
    const reply = await system.send('POST', '/api/users/register', { json: registration('ada') });
    conforms('registerUser', reply);
    expect(problemOf(reply)).toMatchObject({ status: 500, detail: 'something failed inside' });
    expect(reply.text).not.toContain('not an id');
  });
});
