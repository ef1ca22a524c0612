import {
  discardDeadLetter,
  getDeadLetter,
  listDeadLetters,
  retryDeadLetter,
} from '@undertone/contracts/jobs/dead-letter';
import { routes } from '@undertone/contracts/rest/routes';
import type { FastifyInstance } from 'fastify';
import type { GatewayDependencies } from '../dependencies.js';
import { nextPage } from '../http/next-page.js';
import { queued } from '../http/queued.js';
import { serveRoute } from '../http/serve-route.js';

/** What the server gave up on, and what an operator decides about it; the scheduler keeps it. */
export function serveDeadLetters(app: FastifyInstance, { rpc }: GatewayDependencies): void {
  serveRoute(app, routes.listDeadLetters, async (query, { caller }) => {
    const page = await rpc(caller).ask(listDeadLetters, query);
    return { body: page.items, headers: nextPage(routes.listDeadLetters.path, query, page.next) };
  });

  serveRoute(app, routes.getDeadLetter, async ({ dead_letter: id }, { caller }) => ({
    body: await rpc(caller).ask(getDeadLetter, { id }),
  }));

  serveRoute(app, routes.retryDeadLetter, async ({ dead_letter: id }, { caller }) =>
    queued((await rpc(caller).ask(retryDeadLetter, { id })).task_id),
  );

  serveRoute(app, routes.discardDeadLetter, async ({ dead_letter: id }, { caller }) => ({
    body: await rpc(caller).ask(discardDeadLetter, { id }),
  }));
}
