import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { SpotifyAccounts, type SpotifyAccountsOptions } from '../src/spotify-accounts/spotify-accounts.js';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

interface Seen {
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly form: Record<string, string>;
}

/** A server that writes down what it is asked, for what the simulator does not look at. */
async function accountsAt(
  answer: RequestListener,
  options: Partial<SpotifyAccountsOptions> = {},
): Promise<{ accounts: SpotifyAccounts; seen: Seen[] }> {
  const seen: Seen[] = [];
  const listening = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      const form = Object.fromEntries(new URLSearchParams(body));
      seen.push({ path: request.url, headers: request.headers, form });
      answer(request, response);
    });
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(listening.address() as AddressInfo).port}/`;
  const accounts = new SpotifyAccounts({
    url,
    mode: 'spotify',
    clientId: 'app',
    clientSecret: undefined,
    timeoutMs: 500,
    ...options,
  });
  return { accounts, seen };
}

const grants: RequestListener = (_request, response) =>
  response.end(JSON.stringify({ access_token: 'a', token_type: 'Bearer', expires_in: 3600, scope: '' }));

describe('refreshing at the accounts service', () => {
  it('names the app in the form where it has no secret', async () => {
    const { accounts, seen } = await accountsAt(grants);
    expect(await accounts.refresh('r&=+ü')).toEqual({ accessToken: 'a', expiresIn: 3600, scope: '' });
    expect(seen[0]).toMatchObject({
      path: '/api/token',
      form: { grant_type: 'refresh_token', refresh_token: 'r&=+ü', client_id: 'app' },
    });
    expect(seen[0]?.headers['content-type']).toMatch(/^application\/x-www-form-urlencoded/);
    expect(seen[0]?.headers).not.toHaveProperty('authorization');
  });

  it('proves the app by Basic authorization where it has a secret', async () => {
    const { accounts, seen } = await accountsAt(grants, { clientSecret: 's3' });
    await accounts.refresh('r');
    expect(seen[0]?.headers.authorization).toBe(`Basic ${Buffer.from('app:s3').toString('base64')}`);
    expect(seen[0]?.form).toEqual({ grant_type: 'refresh_token', refresh_token: 'r' });
  });

  it('sends a refresh token nowhere else', async () => {
    const { accounts, seen } = await accountsAt((_request, response) =>
      response.writeHead(307, { location: '/elsewhere' }).end(),
    );
    await expect(accounts.refresh('r')).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
    expect(seen).toHaveLength(1);
  });

  it.each([
    ['begins and does not end', '{"access_token":"a"', false],
    ['has no token', '{"expires_in":3600}', true],
    ['has a token of no duration', '{"access_token":"a","expires_in":0}', true],
    ['is a page', '<html>', true],
    ['is empty', '', true],
  ])('does not take an answer that %s', async (_case, body, ends) => {
    const { accounts } = await accountsAt((_request, response) => {
      response.write(body);
      if (ends) response.end();
    });
    await expect(accounts.refresh('r')).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE', status: 503 });
  });

  it('repeats nothing that the provider says in words', async () => {
    const { accounts } = await accountsAt((_request, response) =>
      response.writeHead(400).end('{"error":"bad r-secret","error_description":"r-secret is bad"}'),
    );
    const refused = accounts.refresh('r-secret');
    await expect(refused).rejects.toMatchObject({ code: 'PROVIDER_REFUSED', status: 502 });
    await expect(refused).rejects.not.toThrow('r-secret');
  });

  it('reads an answer no further than any has to be', async () => {
    const { accounts } = await accountsAt(
      (_request, response) => {
        const write = () => {
          while (!response.destroyed && response.write(Buffer.alloc(65_536, ' ')));
          response.once('drain', write);
        };
        write();
      },
      { timeoutMs: 60_000 },
    );
    await expect(accounts.refresh('a-token')).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
      message: expect.stringContaining('its answer does not end'),
    });
  });
});
