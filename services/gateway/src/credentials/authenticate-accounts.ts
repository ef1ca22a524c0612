import { anonymous } from '@undertone/contracts/access/principal';
import { API_KEY_PREFIX } from '@undertone/contracts/sign-in/api-key';
import type { FastifyRequest } from 'fastify';
import type { Authenticate, Authenticated } from '../callers/authenticate.js';
import type { AccessTokens } from './access-tokens.js';
import type { ApiKeys } from './api-keys.js';
import type { SessionCookies } from './cookies.js';
import { foreignOrigin, mayBeForeign, socketToken } from './foreign-origins.js';
import type { Revocations } from './revocations.js';

export interface Credentials {
  readonly tokens: AccessTokens;
  readonly keys: ApiKeys;
  readonly cookies: SessionCookies;
  readonly revocations: Revocations;
  readonly publicUrl: string;
}

/** `AUTH_MODE=accounts`: a bearer token or key, or the cookie of a session; without any of them the caller is anonymous. */
export function authenticateAccounts({
  tokens,
  keys,
  cookies,
  revocations,
  publicUrl,
}: Credentials): Authenticate {
  const check = async (text: string): Promise<Authenticated> => {
    const shown = text.startsWith(API_KEY_PREFIX) ? await keys.check(text) : await tokens.check(text);
    if (!shown || (await revocations.isRevoked(shown.credential.id))) return refused;
    return shown;
  };

  return async (request: FastifyRequest) => {
    const { authorization } = request.headers;
    if (authorization !== undefined) {
      const [, text] = /^bearer +([\w.~+/-]+=*)$/i.exec(authorization) ?? [];
      return text === undefined ? refused : check(text);
    }
    const token = request.routeOptions.config.isSocket ? socketToken(request.headers) : undefined;
    if (token !== undefined) return check(token);
    const cookie = cookies.accessToken(request);
    if (cookie === undefined) return { caller: anonymous };
    if (mayBeForeign(request.method, request.headers, publicUrl)) throw foreignOrigin(publicUrl);
    return check(cookie);
  };
}

const refused: Authenticated = { caller: anonymous, isRefused: true };
