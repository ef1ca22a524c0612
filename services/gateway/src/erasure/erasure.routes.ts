import {
  beginErasure,
  eraseAgain,
  getErasure,
  listErasures,
} from '@undertone/contracts/personal-data/erasure';
import { routes } from '@undertone/contracts/rest/routes';
import type { FastifyInstance } from 'fastify';
import { nextPage } from '../http/next-page.js';
import { serveRoute } from '../http/serve-route.js';
import type { SignInDependencies } from '../sign-in/sign-in.routes.js';
import { themselves } from '../users/themselves.js';
import type { UserDependencies } from '../users/users.routes.js';

/** Erasing people, and what can be known of it afterwards: answered by identity. */
export function serveErasure(
  app: FastifyInstance,
  { rpc, users, cookies }: Pick<UserDependencies, 'rpc' | 'users'> & Pick<SignInDependencies, 'cookies'>,
): void {
  serveRoute(app, routes.eraseUser, async ({ user_id }, { caller, reply }) => {
    const userId = themselves(caller, user_id);
    const body = await rpc(caller).ask(beginErasure, { user_id: userId });
    users.forget(userId);
    cookies.clear(reply);
    return { body, headers: { location: `/api/tasks/${body.task_id}` } };
  });

  serveRoute(app, routes.getErasure, async (input, { caller }) => ({
    body: await rpc(caller).ask(getErasure, input),
  }));

  serveRoute(app, routes.listErasures, async (query, { caller }) => {
    const { items, next } = await rpc(caller).ask(listErasures, query);
    return { body: items, headers: nextPage(routes.listErasures.path, query, next) };
  });

  serveRoute(app, routes.eraseAgain, async (input, { caller }) => ({
    body: await rpc(caller).ask(eraseAgain, input),
  }));
}
