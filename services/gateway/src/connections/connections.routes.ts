import { routes } from '@undertone/contracts/rest/routes';
import { listConnections, listTokenUses, removeConnection } from '@undertone/contracts/token/rpc';
import type { FastifyInstance } from 'fastify';
import type { GatewayDependencies } from '../dependencies.js';
import { nextPage } from '../http/next-page.js';
import { serveRoute } from '../http/serve-route.js';
import { themselves } from '../users/themselves.js';

/** Which providers a person is connected to: answered by token. */
export function serveConnections(app: FastifyInstance, { rpc, writeKeys }: GatewayDependencies): void {
  serveRoute(app, routes.listConnections, async ({ user_id }, { caller }) => {
    const answer = await rpc(caller).ask(listConnections, { user_id: themselves(caller, user_id) });
    return { body: answer.connections };
  });

  serveRoute(app, routes.removeConnection, async ({ user_id, provider }, { caller, idempotencyKey: key }) => {
    const question = { user_id: themselves(caller, user_id), provider };
    const write = { route: routes.removeConnection.id, caller: question.user_id, key, input: { provider } };
    return { body: await writeKeys.sameAnswer(write, () => rpc(caller).ask(removeConnection, question)) };
  });

  serveRoute(app, routes.listTokenUses, async ({ user_id, ...query }, { caller }) => {
    const userId = themselves(caller, user_id);
    const { items, next } = await rpc(caller).ask(listTokenUses, { ...query, user_id: userId });
    const { path } = routes.listTokenUses;
    const { provider, ...page } = query;
    const whose = user_id === undefined ? {} : { user_id };
    return {
      body: items,
      headers: nextPage(path.replace('{provider}', provider), { ...page, ...whose }, next),
    };
  });
}
