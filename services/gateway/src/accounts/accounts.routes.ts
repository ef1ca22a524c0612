import { routes } from '@undertone/contracts/rest/routes';
import {
  changeRoles,
  createInvitation,
  createPasswordCode,
  listAccounts,
  listCodes,
  withdrawCode,
} from '@undertone/contracts/sign-in/rpc';
import type { FastifyInstance } from 'fastify';
import { nextPage } from '../http/next-page.js';
import { serveRoute } from '../http/serve-route.js';
import type { UserDependencies } from '../users/users.routes.js';

/** What admins do about who may sign in: answered by identity. */
export function serveAccounts(app: FastifyInstance, { rpc }: Pick<UserDependencies, 'rpc'>): void {
  serveRoute(app, routes.listAccounts, async (query, { caller }) => {
    const { items, next } = await rpc(caller).ask(listAccounts, query);
    return { body: items, headers: nextPage(routes.listAccounts.path, query, next) };
  });
  serveRoute(app, routes.createInvitation, async (input, { caller }) => ({
    body: await rpc(caller).ask(createInvitation, input),
  }));
  serveRoute(app, routes.createPasswordCode, async (input, { caller }) => ({
    body: await rpc(caller).ask(createPasswordCode, input),
  }));
  serveRoute(app, routes.listCodes, async (query, { caller }) => {
    const { items, next } = await rpc(caller).ask(listCodes, query);
    return { body: items, headers: nextPage(routes.listCodes.path, query, next) };
  });
  serveRoute(app, routes.withdrawCode, async (input, { caller }) => ({
    body: await rpc(caller).ask(withdrawCode, input),
  }));
  serveRoute(app, routes.changeRoles, async (input, { caller }) => ({
    body: await rpc(caller).ask(changeRoles, input),
  }));
}
