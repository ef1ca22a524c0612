import { once } from 'node:events';
import { createServer, type Server, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Lie, type OpenIdServer, OTHER_CLIENT, startOpenIdServer } from './openid-server.js';
import { ProviderPeople, PUBLIC_URL } from './provider-people.js';
import { type RunningIdentity, runIdentity } from './running-identity.js';

/** Where the provider may say that it has something else: the provider all the same, at another port of this machine. */
const elsewhere: Record<string, string> = {
  token: 'token_endpoint',
  keys: 'jwks_uri',
  names: 'userinfo_endpoint',
};
let server: OpenIdServer;
let inside: Server;
let askedInside: string[] = [];
let identity: RunningIdentity;
let people: ProviderPeople;
beforeAll(async () => {
  const ids = ['home', ...Object.keys(elsewhere)];
  server = await startOpenIdServer(ids.map((id) => `${PUBLIC_URL}/api/auth/oidc/${id}/callback`));
  inside = createServer((request, response) => {
    askedInside.push(request.url ?? '');
    const { method, headers } = request;
    const { host } = new URL(server.issuer);
    const forwarded = send(new URL(request.url ?? '/', server.issuer), {
      method,
      headers: { ...headers, host },
    });
    forwarded.on('response', (answer) =>
      answer.pipe(response.writeHead(answer.statusCode ?? 500, answer.headers)),
    );
    request.pipe(forwarded);
  }).listen(0, '127.0.0.1');
  await once(inside, 'listening');
  const provider = { client_id: server.clientId, client_secret_env: 'OIDC_CLIENT_SECRET_HOME' };
  identity = await runIdentity([], {
    PUBLIC_URL,
    REGISTRATION: 'open',
    OIDC_CLIENT_SECRET_HOME: server.clientSecret,
    OIDC_CLIENT_SECRET_WRONG: 'another secret',
    OIDC_PROVIDERS: JSON.stringify([
      ...ids.map((id) => ({ ...provider, id, issuer: server.issuer })),
      // The same server by a name that it does not call itself.
      { ...provider, id: 'misnamed', issuer: server.issuer.replace('127.0.0.1', 'localhost') },
      { ...provider, id: 'slashed', issuer: `${server.issuer}/` },
      {
        ...provider,
        id: 'misconfigured',
        issuer: server.issuer,
        client_secret_env: 'OIDC_CLIENT_SECRET_WRONG',
      },
    ]),
  });
  people = new ProviderPeople(identity, 'home');
});
afterEach(() => {
  server.lie(undefined);
  server.name({});
  askedInside = [];
});
afterAll(async () => {
  await identity?.stop();
  await server?.stop();
  inside?.closeAllConnections();
  inside?.close();
});

const code = (refusal: string) => expect.objectContaining({ code: refusal });
const now = () => Math.floor(Date.now() / 1000);
const users = async () => {
  const [row] = await identity.orm.em.execute<{ n: number }[]>(
    'select count(*)::int as n from registered_user',
  );
  return row?.n;
};

describe('an id token is not believed', () => {
  it.each<[string, Lie]>([
    ['another audience', (claims) => ({ ...claims, aud: 'another-site' })],
    ['another issuer', (claims) => ({ ...claims, iss: 'https://elsewhere.example.org' })],
    ['another nonce', (claims) => ({ ...claims, nonce: 'A'.repeat(43) })],
    ['no nonce', ({ nonce: _, ...claims }) => claims],
    ['no subject', ({ sub: _, ...claims }) => claims],
    ['an end that is over', (claims) => ({ ...claims, exp: now() - 60 })],
    ['another party that it was made for', (claims) => ({ ...claims, azp: 'another-site' })],
    ['a time that is yet to come', (claims) => ({ ...claims, iat: now() + 600, exp: now() + 1200 })],
    ['an empty subject', (claims) => ({ ...claims, name: 'Ada', sub: '' })],
    ['a subject with a NUL', (claims) => ({ ...claims, name: 'Ada', sub: 'a\0da' })],
    ['a subject that is far too long', (claims) => ({ ...claims, name: 'Ada', sub: 'a'.repeat(256) })],
    ['half a character for a subject', (claims) => ({ ...claims, name: 'Ada', sub: '\ud800' })],
    [
      'several audiences, and made for another',
      (claims) => ({
        ...claims,
        aud: ['undertone', 'another-site'],
        azp: 'another-site',
      }),
    ],
  ])('with %s', async (_case, lie) => {
    const before = await users();
    server.lie(lie);
    await expect(people.signIn('ada')).rejects.toEqual(code('PROVIDER_ANSWER_INVALID'));
    expect(await users()).toBe(before);
  });

  it('with a signature that is not the provider’s', async () => {
    server.lie((claims) => claims, 'unknown');
    await expect(people.signIn('ada')).rejects.toEqual(code('PROVIDER_ANSWER_INVALID'));
    // The same words, signed by the provider.
    server.lie((claims) => claims);
    expect(await people.signIn('ada')).toHaveProperty('user_id');
  });
});

describe('a provider is not believed', () => {
  it('that calls itself something else than the settings do', async () => {
    await expect(new ProviderPeople(identity, 'misnamed').begin()).rejects.toEqual(
      code('PROVIDER_ANSWER_INVALID'),
    );
  });

  it('whose issuer the settings have with a slash more, since its people would be others', async () => {
    await expect(new ProviderPeople(identity, 'slashed').begin()).rejects.toMatchObject({
      code: 'PROVIDER_ANSWER_INVALID',
      message: expect.stringContaining(
        `${server.issuer}, and that is what "issuer" of slashed in OIDC_PROVIDERS`,
      ),
    });
  });

  it('that another provider’s answer is brought of', async () => {
    const returned = await people.atProvider(await people.begin(), 'ada');
    const mixedUp = people.finish({ ...returned, iss: 'https://elsewhere.example.org' });
    await expect(mixedUp).rejects.toEqual(code('PROVIDER_ANSWER_INVALID'));
  });

  it('that does not know the client, and says so', async () => {
    const strangers = new ProviderPeople(identity, 'misconfigured');
    const { url, attempt } = await strangers.begin();
    // To the server it is the client of the right settings, that a browser is sent back to at their address.
    const page = url.replace('misconfigured', 'home');
    const returned = await strangers.atProvider({ url: page, attempt }, 'ada');
    await expect(strangers.finish(returned)).rejects.toMatchObject({
      code: 'PROVIDER_REFUSED',
      message: expect.stringContaining('(401, '),
    });
  });
});

describe('what a provider names that is no public address', () => {
  const signIn = async (id: string) => {
    const { metadata, url } = await pathOf(elsewhere[id] ?? '');
    server.name({ [metadata]: url });
    return new ProviderPeople(identity, id).signIn(`eve-of-${id}`);
  };
  /** As the provider itself says, at the other port. */
  const pathOf = async (metadata: string) => {
    const response = await fetch(`${server.issuer}/.well-known/openid-configuration`);
    const said = new URL(((await response.json()) as Record<string, string>)[metadata] ?? '');
    said.port = `${(inside.address() as AddressInfo).port}`;
    return { metadata, url: said.href };
  };

  it.each(Object.keys(elsewhere))(
    'is not called for its %s, and is where the operator allows it',
    async (id) => {
      const named = `127.0.0.1:${(inside.address() as AddressInfo).port}`;
      await expect(signIn(id)).rejects.toMatchObject({
        code: 'PROVIDER_ANSWER_INVALID',
        message: expect.stringContaining(`it names ${named}, which is no public address`),
      });
      expect(askedInside).toEqual([]);
      await identity.restart({ OUTBOUND_ALLOWED: `id.lan:8443,${named}` });
      expect(await signIn(id)).toHaveProperty('user_id');
      expect(askedInside).toHaveLength(1);
      await identity.restart();
    },
  );
});

describe('what a browser was made to ask for instead', () => {
  const changed = async (change: (query: URLSearchParams) => void) => {
    const { url, attempt } = await people.begin();
    const page = new URL(url);
    change(page.searchParams);
    return people.finish(await people.atProvider({ url: page.href, attempt }, 'ada'));
  };

  it('is no sign-in with another nonce', async () => {
    const other = changed((query) => query.set('nonce', 'B'.repeat(43)));
    await expect(other).rejects.toEqual(code('PROVIDER_ANSWER_INVALID'));
  });

  it('is no sign-in for another site', async () => {
    const other = changed((query) => query.set('client_id', OTHER_CLIENT));
    await expect(other).rejects.toEqual(code('SIGN_IN_EXPIRED'));
  });

  it('is no sign-in with another proof of who began it', async () => {
    const other = changed((query) => query.set('code_challenge', 'C'.repeat(43)));
    await expect(other).rejects.toEqual(code('SIGN_IN_EXPIRED'));
  });
});
