import { listAudit } from '@undertone/contracts/audit/rpc';
import { routes } from '@undertone/contracts/rest/routes';
import type { FastifyInstance } from 'fastify';
import { nextPage } from '../http/next-page.js';
import { serveRoute } from '../http/serve-route.js';
import type { UserDependencies } from '../users/users.routes.js';

/** Who did what: answered by identity. Reading it is in it, too. */
export function serveAudit(app: FastifyInstance, { rpc }: Pick<UserDependencies, 'rpc'>): void {
  serveRoute(app, routes.listAudit, async (query, { caller }) => {
    const { items, next } = await rpc(caller).ask(listAudit, query);
    return { body: items, headers: nextPage(routes.listAudit.path, query, next) };
  });
}
