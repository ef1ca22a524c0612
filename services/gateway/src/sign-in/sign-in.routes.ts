import type { Principal } from '@undertone/contracts/access/principal';
import { routes } from '@undertone/contracts/rest/routes';
import type { SignedIn } from '@undertone/contracts/rest/sign-in-routes';
import {
  changePassword,
  endAllSessions,
  endSession,
  listSessions,
  mailPasswordCode,
  refreshSession,
  setPassword,
  signIn,
} from '@undertone/contracts/sign-in/rpc';
import type { Grant } from '@undertone/contracts/sign-in/session';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { clientAddress } from '../callers/client-address.js';
import type { SessionCookies } from '../credentials/cookies.js';
import { foreignOrigin, mayBeForeign } from '../credentials/foreign-origins.js';
import type { PublishedKeys } from '../credentials/signing-keys.js';
import { type Call, serveRoute } from '../http/serve-route.js';
import { HttpProblem } from '../problems/problem.js';
import type { UserDependencies } from '../users/users.routes.js';

/** What these routes stand on. */
export interface SignInDependencies extends Pick<UserDependencies, 'rpc'> {
  readonly cookies: SessionCookies;
  readonly signingKeys: PublishedKeys;
  readonly publicUrl: string;
}

/** Signing in, and what becomes of sessions: answered by identity. */
export function serveSignIn(
  app: FastifyInstance,
  { rpc, cookies, signingKeys, publicUrl }: SignInDependencies,
): void {
  serveRoute(app, routes.signIn, async ({ email, password, device, cookies: inCookies }, call) => {
    mustBeOn(call);
    const { caller, request, reply } = call;
    if (inCookies) mustBeOwnPage(request, publicUrl);
    const grant = await rpc(caller).ask(signIn, {
      email,
      password,
      device: device ?? programOf(request),
      address: clientAddress(request),
    });
    if (inCookies) cookies.set(reply, grant);
    return { body: signedIn(grant, inCookies) };
  });

  serveRoute(app, routes.refreshSession, async ({ refresh_token: given }, call) => {
    mustBeOn(call);
    const { caller, request, reply } = call;
    const refresh_token = given ?? cookies.refreshToken(request);
    if (refresh_token === undefined) throw new HttpProblem('SESSION_ENDED', 'there is no refresh token');
    const inCookies = given === undefined;
    if (inCookies) mustBeOwnPage(request, publicUrl);
    try {
      const grant = await rpc(caller).ask(refreshSession, { refresh_token });
      if (inCookies) cookies.set(reply, grant);
      return { body: signedIn(grant, inCookies) };
    } catch (error) {
      if (inCookies && (error as { code?: unknown }).code === 'SESSION_ENDED') cookies.clear(reply);
      throw error;
    }
  });

  signOutByRefreshToken(app, { rpc, cookies, publicUrl });
  serveRoute(app, routes.signOut, async (_nothing, call) => {
    const user_id = userOf(call);
    const { caller, request } = call;
    const session_id = request.credential?.id ?? '';
    return { body: await rpc(caller).ask(endSession, { user_id, session_id }) };
  });

  serveRoute(app, routes.signOutEverywhere, async (_nothing, call) => {
    const user_id = userOf(call);
    return { body: await rpc(call.caller).ask(endAllSessions, { user_id }) };
  });

  serveRoute(app, routes.listSessions, async (_nothing, call) => {
    const user_id = userOf(call);
    const { caller, request } = call;
    const current = request.credential?.id;
    return { body: (await rpc(caller).ask(listSessions, { user_id, current })).sessions };
  });

  serveRoute(app, routes.endSession, async ({ session_id }, call) => {
    const user_id = userOf(call);
    return { body: await rpc(call.caller).ask(endSession, { user_id, session_id }) };
  });

  serveRoute(app, routes.setPassword, async (input, call) => {
    mustBeOn(call);
    return {
      body: await rpc(call.caller).ask(setPassword, { ...input, address: clientAddress(call.request) }),
    };
  });

  serveRoute(app, routes.forgotPassword, async ({ email }, call) => {
    mustBeOn(call);
    return {
      body: await rpc(call.caller).ask(mailPasswordCode, { email, address: clientAddress(call.request) }),
    };
  });

  serveRoute(app, routes.changePassword, async (input, call) => {
    const user_id = userOf(call);
    const { caller, request } = call;
    const current = request.credential?.id;
    const question = { ...input, user_id, current, address: clientAddress(request) };
    return { body: await rpc(caller).ask(changePassword, question) };
  });

  serveRoute(app, routes.getSigningKeys, async () => ({ body: await signingKeys.all() }));
}

const signOuts = new Set<string | undefined>([routes.signOut.path, routes.signOutEverywhere.path]);

/**
 * Whoever signs out loses the cookies, whatever else comes of it. An access token ends after minutes, and a browser that comes
 * back later to sign out has its refresh token alone, which stands in for it here.
 */
function signOutByRefreshToken(
  app: FastifyInstance,
  { rpc, cookies, publicUrl }: Pick<SignInDependencies, 'rpc' | 'cookies' | 'publicUrl'>,
): void {
  app.addHook('onRequest', async (request, reply) => {
    if (!signOuts.has(request.routeOptions.url)) return;
    cookies.clear(reply);
    const refresh_token = cookies.refreshToken(request);
    const isNobody = request.caller.who.kind === 'anonymous' && request.headers.authorization === undefined;
    if (!isNobody || refresh_token === undefined) return;
    mustBeOwnPage(request, publicUrl);
    try {
      const { user_id, session_id } = await rpc(request.caller).ask(refreshSession, { refresh_token });
      request.caller = sessionOf(user_id);
      request.credential = { id: session_id };
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'SESSION_ENDED') throw error;
    }
  });
}

/** Somebody whose session does no more than end. */
const sessionOf = (user_id: string): Principal => ({
  who: { kind: 'user', user_id },
  roles: [],
  scopes: ['read', 'write'],
  authenticated_by: 'session',
});

/**
 * A page of another site could sign a person in as somebody else, who then sees what they do.
 * @throws {HttpProblem} the request may come from such a page.
 */
export function mustBeOwnPage({ method, headers }: FastifyRequest, publicUrl: string): void {
  if (mayBeForeign(method, headers, publicUrl)) throw foreignOrigin(publicUrl);
}

/** @throws {HttpProblem} in open mode. */
export function mustBeOn({ caller }: Pick<Call, 'caller'>): void {
  if (caller.who.kind !== 'local_operator') return;
  throw new HttpProblem(
    'SIGN_IN_OFF',
    'sign-in is off here (AUTH_MODE=open): there is nothing to sign in to',
  );
}

/** Who is signed in. @throws {HttpProblem} in open mode. */
export function userOf({ caller }: Pick<Call, 'caller'>): string {
  mustBeOn({ caller });
  if (caller.who.kind === 'user') return caller.who.user_id;
  throw new HttpProblem('FORBIDDEN', 'this is for whoever is signed in');
}

/** What signing in is answered with. */
export function signedIn(
  { user_id, session_id, access_token, refresh_token, expires_in }: Grant,
  inCookies: boolean,
): SignedIn {
  const tokens = inCookies ? {} : { access_token, refresh_token };
  return { user_id, session_id, token_type: 'Bearer', ...tokens, expires_in };
}

/** What the program calls itself; the first hundred characters of it. */
export const programOf = ({ headers }: FastifyRequest): string =>
  headers['user-agent']?.trim().slice(0, 100).trim() || 'a program that does not say';
