import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { getJson, type ProviderRequest } from './get-json.js';

const server = createServer((_request, response) => answer(response));
let answer: (response: ServerResponse) => void;
let url: URL;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/thing`);
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const ask = (options: Partial<ProviderRequest> = {}) =>
  getJson(url, z.object({ ok: z.literal(true) }), {
    provider: 'Provider',
    simulatorExpected: false,
    signal: new AbortController().signal,
    timeoutMs: 5_000,
    ...options,
  });
const respond = (status: number, headers: Record<string, string> = {}, body = '{"ok":true}') => {
  answer = (response) => response.writeHead(status, headers).end(body);
};

describe('a provider’s answer', () => {
  it('is given when it is what was asked for', async () => {
    respond(200, {}, '{"ok":true,"new_field":1}');
    expect(await ask()).toEqual({ ok: true });
  });

  it.each([
    [401, 'TransientJobError', 'PROVIDER_UNAUTHORIZED'],
    [403, 'PermanentJobError', 'PROVIDER_FORBIDDEN'],
    [400, 'PermanentJobError', 'PROVIDER_REFUSED'],
    [404, 'PermanentJobError', 'PROVIDER_REFUSED'],
    [302, 'PermanentJobError', 'PROVIDER_REFUSED'],
    [500, 'TransientJobError', 'PROVIDER_FAILING'],
    [503, 'TransientJobError', 'PROVIDER_FAILING'],
  ])('%i is a %s with %s', async (status, name, code) => {
    respond(status);
    await expect(ask()).rejects.toMatchObject({ name, code });
  });

  it('that wants a scope says which, where the call has one', async () => {
    const message = 'Insufficient client scope';
    respond(403, {}, JSON.stringify({ error: { status: 403, message } }));
    const refusal = ask({ scope: 'user-top-read' });
    await expect(refusal).rejects.toMatchObject({ name: 'PermanentJobError', code: 'SCOPE_MISSING' });
    await expect(refusal).rejects.toThrow(/lack the scope user-top-read: sign in at Provider again/);
    await expect(ask()).rejects.toMatchObject({ code: 'PROVIDER_FORBIDDEN' });
    respond(403, {}, JSON.stringify({ error: { status: 403, message: 'Forbidden' } }));
    await expect(ask({ scope: 'user-top-read' })).rejects.toMatchObject({ code: 'PROVIDER_FORBIDDEN' });
  });

  it.each(['', '{"ok":tr', 'null', '{"ok":false}', '<html>busy</html>'])(
    '%j is unreadable, which may pass',
    async (body) => {
      respond(200, {}, body);
      await expect(ask()).rejects.toMatchObject({
        name: 'TransientJobError',
        code: 'PROVIDER_ANSWER_UNREADABLE',
      });
    },
  );

  it.each([
    ['2', 2_000],
    ['86400', 86_400_000],
    ['0', undefined],
    ['-1', undefined],
    ['soon', undefined],
    ['Wed, 21 Oct 2015 07:28:00 GMT', undefined],
  ])('that asks to wait %j gives %j ms', async (header, retryAfterMs) => {
    respond(429, { 'retry-after': header });
    await expect(ask()).rejects.toMatchObject({ name: 'AskedToWait', kind: 'rate', waitMs: retryAfterMs });
  });

  it('may ask to wait until a date', async () => {
    respond(429, { 'retry-after': new Date(Date.now() + 60_000).toUTCString() });
    const error: { waitMs?: number } = await ask().then(
      () => ({}),
      (refused: object) => refused,
    );
    expect(error.waitMs).toBeGreaterThan(50_000);
    expect(error.waitMs).toBeLessThanOrEqual(60_000);
  });

  it.each([200, 500])('of the simulator (%i) is refused where real data is expected', async (status) => {
    respond(status, { 'x-undertone-simulator': 'spotify' });
    await expect(ask()).rejects.toMatchObject({ name: 'PermanentJobError', code: 'SIMULATOR_UNEXPECTED' });
  });

  it('of the simulator is taken where it is expected', async () => {
    respond(200, { 'x-undertone-simulator': 'spotify' });
    expect(await ask({ simulatorExpected: true })).toEqual({ ok: true });
  });

  it('is not looked for elsewhere', async () => {
    respond(302, { location: 'http://127.0.0.1:9/' });
    await expect(ask({ token: 'secret' })).rejects.toMatchObject({ code: 'PROVIDER_REFUSED' });
  });

  it.each([
    ['{"error":{"status":429,"message":"x","reason":"QUOTA_EXCEEDED"}}', 'quota'],
    ['{"error":{"status":429,"message":"x","reason":"SOMETHING_ELSE"}}', 'rate'],
    ['{"error":{"status":429,"message":"QUOTA_EXCEEDED"}}', 'rate'],
    ['no JSON', 'rate'],
  ])('that refuses with %s is about the %s', async (body, kind) => {
    respond(429, { 'retry-after': '3600' }, body);
    await expect(ask()).rejects.toMatchObject({ kind, waitMs: 3_600_000 });
  });

  it('is not read for ever', async () => {
    let written = 0;
    answer = (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const more = () => {
        while (!response.destroyed && response.write(' '.repeat(1024 * 1024))) written += 1;
      };
      response.on('drain', more);
      more();
    };
    await expect(ask()).rejects.toMatchObject({
      name: 'TransientJobError',
      code: 'PROVIDER_ANSWER_UNREADABLE',
    });
    expect(written).toBeLessThan(64);
  });

  it('comes over a connection that was used before', async () => {
    const ports = new Set<number | undefined>();
    answer = (response) => {
      ports.add(response.socket?.remotePort);
      response.end('{"ok":true}');
    };
    for (let asked = 0; asked < 10; asked += 1) await ask();
    expect(ports.size).toBeLessThan(10);
  });

  it.each([
    ['no answer', () => undefined],
    ['an answer that does not end', (response: ServerResponse) => response.writeHead(200).write('{')],
  ])('%s is given up at the deadline', async (_, never) => {
    answer = never;
    await expect(ask({ timeoutMs: 50 })).rejects.toMatchObject({
      name: 'TransientJobError',
      code: 'PROVIDER_UNREACHABLE',
    });
  });

  it.each(['BQD…', 'é\n', 'a\r\nX-Evil: 1', '😀'])(
    'cannot be had with the token %j: nothing is sent',
    async (token) => {
      let asked = 0;
      answer = (response) => {
        asked += 1;
        response.end('{"ok":true}');
      };
      await expect(ask({ token })).rejects.toMatchObject({
        name: 'PermanentJobError',
        code: 'REQUEST_NOT_SENT',
        message: expect.not.stringContaining(token),
      });
      expect(asked).toBe(0);
    },
  );

  it('is waited for no longer when the job is aborted', async () => {
    const job = new AbortController();
    const reason = new Error('revoked');
    answer = () => job.abort(reason);
    await expect(ask({ signal: job.signal })).rejects.toBe(reason);
  });
});
