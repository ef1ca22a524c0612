import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Request } from 'undici';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { addressRefusal, guardedConnector, guardedFetch } from './guarded-fetch.js';

/** A server on loopback that nobody outside may reach through us. It redirects to where `to` says. */
let inside: Server;
let port = 0;
let asked: string[] = [];
beforeAll(async () => {
  inside = createServer(({ url = '' }, response) => {
    asked.push(url);
    const to = new URL(url, 'http://inside').searchParams.get('to');
    if (to) response.writeHead(302, { location: to });
    response.end('secret');
  });
  await new Promise<void>((resolve) => inside.listen(0, '127.0.0.1', resolve));
  port = (inside.address() as AddressInfo).port;
});
afterAll(() => new Promise((resolve) => inside.close(resolve)));
afterEach(() => {
  asked = [];
});

const refusal = async (work: Promise<unknown>): Promise<string | undefined> =>
  work.then(
    () => undefined,
    (error: unknown) => addressRefusal(error)?.message,
  );

describe('an address on somebody’s word', () => {
  const guarded = guardedFetch({ allowed: [] });

  it.each([
    'http://127.0.0.1/',
    'https://127.0.0.1/',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0177.0.0.1/',
    'http://127.0.0.1:443/',
    'http://localhost/',
    'http://LOCALHOST/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[::]/',
    'http://0/',
    'http://169.254.169.254/latest/meta-data/',
    'http://①②⑦.0.0.1/',
  ])('%s is refused', async (url) => {
    expect(await refusal(guarded(url))).toMatch(/is not called: .* is no public address/);
  });

  it('with another port than 80 and 443 is refused before its name is looked up', async () => {
    let looked = 0;
    const resolve = async () => {
      looked += 1;
      return ['8.8.8.8'];
    };
    const refused = guardedFetch({ allowed: [], resolve })(`http://localhost:${port}/`);
    expect(await refusal(refused)).toBe(`localhost:${port} is not called: only ports 80 and 443 are`);
    expect(looked).toBe(0);
    expect(asked).toEqual([]);
  });

  it.each([
    'data:application/json,{}',
    'DATA:,x',
    'blob:nodedata:0',
    'about:blank',
    'ftp://example.org/',
    'file:///etc/passwd',
    'gopher://127.0.0.1/',
  ])('%s is refused before anything of it is read', async (url) => {
    for (const input of [url, new URL(url), new Request(url)]) {
      expect(await refusal(guarded(input))).toMatch(/^\w+: is not called: only http: and https: are$/);
    }
  });

  it('with a name and a password in it is none that can be called', async () => {
    await expect(guarded('http://name:word@example.org/')).rejects.toThrow(TypeError);
  });

  it.each([[['8.8.8.8', '127.0.0.1']], [['10.0.0.1']], [['2001:4860:4860::8888', '::1']], [[]]])(
    'whose name has the addresses %j is refused',
    async (addresses) => {
      const refused = guardedFetch({ allowed: [], resolve: async () => addresses })(
        'http://rebound.example/',
      );
      expect(await refusal(refused)).toMatch(/^rebound\.example is not called/);
    },
  );
});

it('a name that resolves to something else a moment later is connected to where it was checked', async () => {
  const answers = [['8.8.8.8'], ['127.0.0.1']];
  const connectedTo: string[] = [];
  const connect = guardedConnector({
    allowed: [],
    resolve: async () => answers.shift() ?? [],
    connector: ({ hostname, host }, connected) => {
      connectedTo.push(`${host} at ${hostname}`);
      connected(new Error('not connected in a test'), null);
    },
  });
  const target = { protocol: 'https:', hostname: 'rebound.example', host: 'rebound.example', port: '' };
  await new Promise((resolve) => connect(target, (...[error]) => resolve(error)));
  expect(connectedTo).toEqual(['rebound.example at 8.8.8.8']);
  expect(answers).toHaveLength(1);
});

it('every public address of a name is tried until one answers', async () => {
  const tried: string[] = [];
  const connect = guardedConnector({
    allowed: [],
    resolve: async () => ['2001:4860:4860::8888', '8.8.8.8', '8.8.4.4'],
    connector: ({ hostname }, connected) => {
      tried.push(hostname);
      const isUp = hostname === '8.8.8.8';
      if (isUp) connected(null, {} as never);
      else connected(new Error('unreachable'), null);
    },
  });
  const target = { protocol: 'https:', hostname: 'two.example', host: 'two.example', port: '' };
  expect(await new Promise((resolve) => connect(target, (...[error]) => resolve(error)))).toBeNull();
  expect(tried).toEqual(['2001:4860:4860::8888', '8.8.8.8']);
});

describe('what the operator allows', () => {
  const from = (allowed: string) => guardedFetch({ allowed: [allowed] });

  it('is called, by that name and at that port', async () => {
    const response = await from(`LocalHost:${port}`)(`http://localhost:${port}/in`);
    expect([await response.text(), asked]).toEqual(['secret', ['/in']]);
    expect(await refusal(from(`localhost:${port}`)(`http://127.0.0.1:${port}/`))).toBeDefined();
    expect(await refusal(from('localhost:1')(`http://localhost:${port}/`))).toBeDefined();
    expect(asked).toEqual(['/in']);
  });

  it('may not send on to what is not allowed', async () => {
    const guarded = from(`localhost:${port}`);
    for (const to of [`http://127.0.0.1:${port}/`, 'http://169.254.169.254/', 'http://127.0.0.1/']) {
      expect(await refusal(guarded(`http://localhost:${port}/?to=${encodeURIComponent(to)}`))).toBeDefined();
    }
    expect(asked).toHaveLength(3);
  });

  it.each(['data:,x', 'blob:nodedata:0', 'about:blank', 'file:///etc/passwd'])(
    'may not send on to %s, which is no http',
    async (to) => {
      const sentOn = from(`localhost:${port}`)(`http://localhost:${port}/?to=${encodeURIComponent(to)}`);
      await expect(sentOn).rejects.toThrow(TypeError);
    },
  );
});
