import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import Provider, { type KoaContextWithOIDC } from 'oidc-provider';

/** Changes what an id token says before it is signed, as a provider that lies would. */
export type Lie = (claims: Record<string, unknown>) => Record<string, unknown>;

/** `oidc-provider`, a certified OpenID provider, on loopback: the people there are whoever signs in. */
export interface OpenIdServer {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Calls by path. */
  readonly calls: Map<string, number>;
  /** From now on its id tokens say this; signed with its own key, or with one that nobody knows. */
  lie(lie: Lie | undefined, key?: 'own' | 'unknown'): void;
  /** From now on its discovery document says this of itself, too. */
  name(endpoints: Readonly<Record<string, string>>): void;
  /** It answers nothing from now on, or again. */
  hang(isHanging: boolean): void;
  stop(): Promise<void>;
}

const CLIENT = { clientId: 'undertone', clientSecret: 'a-secret-that-only-the-two-of-them-know' };
/** Another client of the same provider, whose people have not agreed to anything of ours. */
export const OTHER_CLIENT = 'another-site';

export async function startOpenIdServer(redirectUris: readonly string[]): Promise<OpenIdServer> {
  let listener: RequestListener | undefined;
  let isHanging = false;
  const calls = new Map<string, number>();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
    calls.set(pathname, (calls.get(pathname) ?? 0) + 1);
    if (!isHanging) listener?.(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const key = await newKey('own');
  const provider = new Provider(issuer, {
    clients: [CLIENT.clientId, OTHER_CLIENT].map((client_id) => ({
      client_id,
      client_secret: CLIENT.clientSecret,
      redirect_uris: [...redirectUris],
      grant_types: ['authorization_code'],
      response_types: ['code'],
      id_token_signed_response_alg: 'ES256',
    })),
    jwks: { keys: [key] },
    cookies: { keys: ['a key of this test'] },
    claims: { openid: ['sub'], profile: ['name'], email: ['email'] },
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    findAccount: (_context, sub) => ({
      accountId: sub,
      claims: () => ({
        sub,
        name: `${sub} of the provider`,
        email: `${sub}@example.org`,
        email_verified: true,
      }),
    }),
    ttl: {
      AccessToken: 600,
      AuthorizationCode: 60,
      IdToken: 600,
      Grant: 600,
      Interaction: 600,
      Session: 600,
    },
  });
  let told: { lie: Lie; key: JWK } | undefined;
  let named: Readonly<Record<string, string>> = {};
  provider.use(async (context: KoaContextWithOIDC, next: () => Promise<void>) => {
    await next();
    if (context.path.endsWith('/openid-configuration')) {
      context.body = { ...(context.body as object), ...named };
    }
  });
  provider.use(async (context: KoaContextWithOIDC, next: () => Promise<void>) => {
    await next();
    const body = context.body as { id_token?: string } | undefined;
    if (told && context.path === '/token' && body?.id_token) {
      context.body = { ...body, id_token: await forged(body.id_token, told) };
    }
  });
  listener = provider.callback();
  const unknown = await newKey('own');

  return {
    issuer,
    ...CLIENT,
    calls,
    lie: (lie, by = 'own') => {
      told = lie && { lie, key: by === 'own' ? key : unknown };
    },
    name: (endpoints) => {
      named = endpoints;
    },
    hang: (hanging) => {
      isHanging = hanging;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function newKey(kid: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  return { ...(await exportJWK(privateKey)), kid, alg: 'ES256', use: 'sig' };
}

async function forged(idToken: string, { lie, key }: { lie: Lie; key: JWK }): Promise<string> {
  const [, payload = ''] = idToken.split('.');
  const claims = lie(JSON.parse(Buffer.from(payload, 'base64url').toString()));
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', kid: key.kid ?? '' })
    .sign(await importJWK(key, 'ES256'));
}
