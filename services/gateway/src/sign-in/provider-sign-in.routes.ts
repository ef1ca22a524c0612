import { routes } from '@undertone/contracts/rest/routes';
import {
  finishProviderSignIn,
  listLinks,
  removeLink,
  startLink,
  startProviderSignIn,
} from '@undertone/contracts/sign-in/provider-rpc';
import type { FastifyInstance } from 'fastify';
import { AttemptCookie } from '../credentials/attempt-cookie.js';
import { refuseForeignPage } from '../credentials/foreign-origins.js';
import { type Answer, type Call, serveRoute } from '../http/serve-route.js';
import { HttpProblem } from '../problems/problem.js';
import { mustBeOn, programOf, type SignInDependencies, userOf } from './sign-in.routes.js';

const SPOTIFY = 'spotify';

type Start = { readonly invitation?: string | undefined; readonly return_to: string };
type Returned = {
  readonly code?: string | undefined;
  readonly state?: string | undefined;
  readonly iss?: string | undefined;
  readonly error?: string | undefined;
};

/** Signing in with accounts at other sites, and linking them: answered by identity, which is who talks to those sites. */
export function serveProviderSignIn(
  app: FastifyInstance,
  { rpc, cookies, publicUrl }: Pick<SignInDependencies, 'rpc' | 'cookies' | 'publicUrl'>,
): void {
  const attempts = new AttemptCookie(publicUrl);

  const start = async (provider: string, given: Start, call: Call): Promise<{ url: string }> => {
    mustBeOn(call);
    const { url, attempt } = await rpc(call.caller).ask(startProviderSignIn, { provider, ...given });
    attempts.set(call.reply, attempt);
    return { url };
  };

  const open = async (provider: string, given: Start, call: Call): Promise<Answer<undefined>> => {
    refuseForeignPage(call.request.headers, publicUrl);
    return goTo((await start(provider, given, call)).url);
  };

  const finish = async (provider: string, returned: Returned, call: Call): Promise<Answer<undefined>> => {
    mustBeOn(call);
    const { caller, request, reply } = call;
    const attempt = attempts.read(request);
    if (attempt === undefined) {
      throw new HttpProblem(
        'SIGN_IN_EXPIRED',
        `this browser began no sign-in, or too long ago: begin again at ${publicUrl} (PUBLIC_URL)`,
      );
    }
    const session_id = caller.who.kind === 'user' ? request.credential?.id : undefined;
    const question = { provider, attempt, ...returned, device: programOf(request), session_id };
    const { grant, return_to } = await rpc(caller).ask(finishProviderSignIn, question);
    attempts.clear(reply);
    if (grant) cookies.set(reply, grant);
    return { ...goTo(new URL(return_to, publicUrl).href), about: grant?.user_id };
  };

  serveRoute(app, routes.startSpotifySignIn, (given, call) => open(SPOTIFY, given, call));
  serveRoute(app, routes.startInvitedSpotifySignIn, async (given, call) => ({
    body: await start(SPOTIFY, given, call),
  }));
  serveRoute(app, routes.finishSpotifySignIn, (returned, call) => finish(SPOTIFY, returned, call));
  serveRoute(app, routes.startOidcSignIn, ({ provider, ...given }, call) => open(provider, given, call));
  serveRoute(app, routes.startInvitedOidcSignIn, async ({ provider, ...given }, call) => ({
    body: await start(provider, given, call),
  }));
  serveRoute(app, routes.finishOidcSignIn, ({ provider, ...returned }, call) =>
    finish(provider, returned, call),
  );

  serveRoute(app, routes.startLink, async (given, call) => {
    const user_id = userOf(call);
    const { caller, request, reply } = call;
    const session_id = request.credential?.id ?? '';
    const { url, attempt } = await rpc(caller).ask(startLink, { ...given, user_id, session_id });
    attempts.set(reply, attempt);
    return { body: { url } };
  });

  serveRoute(app, routes.listLinks, async (_nothing, call) => {
    const user_id = userOf(call);
    return { body: (await rpc(call.caller).ask(listLinks, { user_id })).links };
  });

  serveRoute(app, routes.removeLink, async ({ link_id }, call) => {
    const user_id = userOf(call);
    return { body: await rpc(call.caller).ask(removeLink, { user_id, link_id }) };
  });
}

const goTo = (location: string): Answer<undefined> => ({ body: undefined, headers: { location } });
