import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { SimulatedClock } from '../control/clock.js';
import { SpotifyError } from './errors.js';
import { ACCESS_TOKEN_SECONDS, type Grants } from './grants.js';
import type { SpotifyOptions } from './options.js';
import type { Spoiled } from './spotify-faults.js';

const authorizeQuery = z.object({
  response_type: z.literal('code'),
  client_id: z.string().min(1),
  redirect_uri: z.string().min(1),
  state: z.string().optional(),
  scope: z.string().default(''),
  code_challenge: z.string().min(43).max(128).optional(),
  code_challenge_method: z.literal('S256').optional(),
  /** Not Spotify's: who signs in, where the default user is not meant. */
  user: z.string().min(1).optional(),
});

const tokenForm = z.discriminatedUnion('grant_type', [
  z.object({
    grant_type: z.literal('authorization_code'),
    code: z.string(),
    redirect_uri: z.string(),
    client_id: z.string().optional(),
    client_secret: z.string().optional(),
    code_verifier: z.string().min(43).max(128).optional(),
  }),
  z.object({
    grant_type: z.literal('refresh_token'),
    refresh_token: z.string(),
    client_id: z.string().optional(),
    client_secret: z.string().optional(),
  }),
]);

type TokenForm = z.infer<typeof tokenForm>;

interface AccountsContext {
  readonly grants: Grants;
  readonly clock: SimulatedClock;
  readonly options: SpotifyOptions;
  readonly spoiled: Spoiled;
}

/** Redirect URIs are exact, https or a loopback address; `localhost` is refused (Spotify, checked 2026-11). */
function isAllowedRedirect(uri: string): boolean {
  const url = URL.parse(uri);
  if (!url) return false;
  return (
    url.protocol === 'https:' || (url.protocol === 'http:' && ['127.0.0.1', '[::1]'].includes(url.hostname))
  );
}

function clientOf(request: FastifyRequest, form: TokenForm): { id: string; hasSecret: boolean } {
  const basic = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  const [id, secret] = basic
    ? Buffer.from(basic, 'base64').toString('utf8').split(':')
    : [form.client_id, form.client_secret];
  if (!id) throw new SpotifyError(400, 'Invalid client', { reason: 'invalid_client' });
  return { id, hasSecret: secret !== undefined && secret !== '' };
}

function invalidGrant(message: string): SpotifyError {
  return new SpotifyError(400, message, { reason: 'invalid_grant' });
}

function provesChallenge(challenge: string, verifier: string): boolean {
  const expected = Buffer.from(challenge);
  const actual = Buffer.from(createHash('sha256').update(verifier).digest('base64url'));
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

/**
 * The accounts service: `/authorize`, which signs a person in without asking, and `/api/token` (authorization code with
 * PKCE or a client secret, and refresh). Spotify authorization guides, checked 2026-11.
 */
export function registerAccountsRoutes(
  app: FastifyInstance,
  { grants, clock, options, spoiled }: AccountsContext,
): void {
  app.get('/authorize', async (request, reply) => {
    const query = authorizeQuery.safeParse(request.query);
    if (!query.success) {
      throw new SpotifyError(400, `Invalid ${query.error.issues[0]?.path.join('.')}`, {
        reason: 'invalid_request',
      });
    }
    const { client_id, redirect_uri, state, scope, code_challenge, user } = query.data;
    if (!isAllowedRedirect(redirect_uri)) {
      throw new SpotifyError(400, 'INVALID_CLIENT: Insecure redirect URI', { reason: 'invalid_request' });
    }
    const target = new URL(redirect_uri);
    if (spoiled.denied.has(request)) {
      target.searchParams.set('error', 'access_denied');
    } else {
      const granted = { user: user ?? options.user, client: client_id, scope, redirectUri: redirect_uri };
      target.searchParams.set('code', grants.issueCode({ ...granted, challenge: code_challenge }));
    }
    if (state !== undefined) target.searchParams.set('state', state);
    return reply.redirect(target.href, 302);
  });

  app.post('/api/token', async (request, reply) => {
    const parsed = tokenForm.safeParse(request.body);
    if (!parsed.success) {
      const known = parsed.error.issues[0]?.path[0] !== 'grant_type';
      const message = known
        ? `Invalid ${parsed.error.issues[0]?.path.join('.')}`
        : 'grant_type parameter is missing or unknown';
      throw new SpotifyError(400, message, { reason: known ? 'invalid_request' : 'unsupported_grant_type' });
    }
    const granted = redeem(parsed.data, clientOf(request, parsed.data));
    return reply.header('cache-control', 'no-store').send({
      access_token: grants.issueAccessToken(granted.user, granted.client, granted.scope),
      token_type: 'Bearer',
      expires_in: ACCESS_TOKEN_SECONDS,
      scope: granted.scope,
      ...(granted.refreshToken === undefined ? {} : { refresh_token: granted.refreshToken }),
    });
  });

  function redeem(form: TokenForm, client: { id: string; hasSecret: boolean }) {
    switch (form.grant_type) {
      case 'authorization_code': {
        const pending = grants.takeCode(form.code);
        if (!pending) throw invalidGrant('Invalid authorization code');
        if (pending.client !== client.id) throw invalidGrant('Invalid authorization code');
        if (pending.redirectUri !== form.redirect_uri) throw invalidGrant('Invalid redirect URI');
        if (pending.challenge !== undefined) {
          const verifier = form.code_verifier ?? '';
          if (!provesChallenge(pending.challenge, verifier))
            throw invalidGrant('code_verifier was incorrect');
        } else if (!client.hasSecret) {
          throw new SpotifyError(400, 'Invalid client secret', { reason: 'invalid_client' });
        }
        const { user, scope } = pending;
        return {
          user,
          scope,
          client: client.id,
          refreshToken: grants.issueRefreshToken(user, client.id, scope, clock.now()),
        };
      }
      case 'refresh_token': {
        const known = grants.refreshOf(form.refresh_token);
        if (!known) throw invalidGrant('Invalid refresh token');
        if (grants.isRevoked(form.refresh_token)) throw invalidGrant('Refresh token revoked');
        if (known.expired) throw invalidGrant('Refresh token expired');
        if (known.client !== '' && known.client !== client.id) throw invalidGrant('Invalid refresh token');
        const { user, scope, at } = known;
        const rotated =
          options.rotation === 'always' ||
          options.rotation === 'single-use' ||
          (options.rotation === 'sometimes' && grants.rotates(form.refresh_token));
        if (options.rotation === 'single-use') grants.revokeRefreshToken(form.refresh_token);
        // Else the old token stays good too.
        const refreshToken = rotated ? grants.issueRefreshToken(user, client.id, scope, at) : undefined;
        return { user, scope, client: client.id, refreshToken };
      }
      default:
        return form satisfies never;
    }
  }
}
