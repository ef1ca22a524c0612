import { routes } from '@undertone/contracts/rest/routes';
import {
  addPasskey,
  listPasskeys,
  removePasskey,
  signInByPasskey,
  startPasskey,
  startPasskeySignIn,
} from '@undertone/contracts/sign-in/passkey-rpc';
import type { FastifyInstance } from 'fastify';
import { serveRoute } from '../http/serve-route.js';
import { HttpProblem } from '../problems/problem.js';
import { hasPasskeys } from './passkey-domain.js';
import {
  mustBeOn,
  mustBeOwnPage,
  programOf,
  type SignInDependencies,
  signedIn,
  userOf,
} from './sign-in.routes.js';

/** Passkeys: answered by identity. */
export function servePasskeys(app: FastifyInstance, { rpc, cookies, publicUrl }: SignInDependencies): void {
  /** @throws {HttpProblem} no browser would make or take one here. */
  const mustHaveDomain = (): void => {
    if (hasPasskeys(publicUrl)) return;
    throw new HttpProblem(
      'PASSKEYS_NEED_DOMAIN',
      `a passkey belongs to a domain with https, or to localhost, and PUBLIC_URL is ${publicUrl}: on one machine set PUBLIC_URL=${onLocalhost(publicUrl)} and open that, else an https:// address with a domain`,
    );
  };

  serveRoute(app, routes.startPasskey, async (_nothing, call) => {
    const user_id = userOf(call);
    mustHaveDomain();
    return { body: await rpc(call.caller).ask(startPasskey, { user_id }) };
  });
  serveRoute(app, routes.addPasskey, async (input, call) => {
    const user_id = userOf(call);
    mustHaveDomain();
    return { body: await rpc(call.caller).ask(addPasskey, { ...input, user_id }) };
  });
  serveRoute(app, routes.listPasskeys, async (_nothing, call) => {
    const user_id = userOf(call);
    return { body: (await rpc(call.caller).ask(listPasskeys, { user_id })).passkeys };
  });
  serveRoute(app, routes.removePasskey, async ({ passkey_id }, call) => {
    const user_id = userOf(call);
    return { body: await rpc(call.caller).ask(removePasskey, { user_id, passkey_id }) };
  });
  serveRoute(app, routes.startPasskeySignIn, async (_nothing, call) => {
    mustBeOn(call);
    mustHaveDomain();
    return { body: await rpc(call.caller).ask(startPasskeySignIn, {}) };
  });
  serveRoute(app, routes.signInByPasskey, async ({ response, device, cookies: inCookies }, call) => {
    mustBeOn(call);
    mustHaveDomain();
    const { caller, request, reply } = call;
    if (inCookies) mustBeOwnPage(request, publicUrl);
    const grant = await rpc(caller).ask(signInByPasskey, { response, device: device ?? programOf(request) });
    if (inCookies) cookies.set(reply, grant);
    return { body: signedIn(grant, inCookies) };
  });
}

/** The same port of this machine, by a name that passkeys can belong to. */
function onLocalhost(publicUrl: string): string {
  const { port } = new URL(publicUrl);
  return `http://localhost${port && `:${port}`}`;
}
