import { routes } from '@undertone/contracts/rest/routes';
import { listWaysIn, type WaysIn } from '@undertone/contracts/sign-in/ways-in';
import type { FastifyInstance } from 'fastify';
import { serveRoute } from '../http/serve-route.js';
import { hasPasskeys } from './passkey-domain.js';
import type { SignInDependencies } from './sign-in.routes.js';

const none: WaysIn = {
  auth_mode: 'open',
  registration: null,
  password: false,
  forgotten_password: null,
  passkeys: false,
  providers: [],
};

/** How people sign in: identity has the settings. */
export function serveWaysIn(
  app: FastifyInstance,
  { rpc, publicUrl }: Pick<SignInDependencies, 'rpc' | 'publicUrl'>,
): void {
  serveRoute(app, routes.listWaysIn, async (_nothing, { caller }) => {
    if (caller.who.kind === 'local_operator') return { body: none };
    const body: WaysIn = {
      auth_mode: 'accounts',
      password: true,
      passkeys: hasPasskeys(publicUrl),
      ...(await rpc(caller).ask(listWaysIn, {})),
    };
    return { body };
  });
}
