import { listDeadLetters } from '@undertone/contracts/jobs/dead-letter';
import { routes } from '@undertone/contracts/rest/routes';
import type { FastifyInstance } from 'fastify';
import type { GatewayDependencies } from '../dependencies.js';
import { nextPage } from '../http/next-page.js';
import { serveRoute } from '../http/serve-route.js';

/** What the server gave up on; the scheduler keeps it. */
export function serveDeadLetters(app: FastifyInstance, { rpc }: GatewayDependencies): void {
  serveRoute(app, routes.listDeadLetters, async (query) => {
    const page = await rpc.ask(listDeadLetters, query);
    return { body: page.items, headers: nextPage(routes.listDeadLetters.path, query, page.next) };
  });
}
