import { removeProviderData } from '@undertone/contracts/jobs/renew-plays';
import { routes } from '@undertone/contracts/rest/routes';
import { listConnections, listTokenUses, removeConnection } from '@undertone/contracts/token/rpc';
import { requestJob } from '@undertone/platform/jobs/request-job';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import type { FastifyInstance } from 'fastify';
import type { GatewayDependencies } from '../dependencies.js';
import { nextPage } from '../http/next-page.js';
import { queued } from '../http/queued.js';
import { serveRoute } from '../http/serve-route.js';
import { themselves } from '../users/themselves.js';

/** There may be data of a provider that the person is disconnected from. */
function unlessNotLinked(error: unknown): void {
  if (!(error instanceof Refused && error.code === 'NOT_LINKED')) throw error;
}

/** Which providers a person is connected to: answered by token. */
export function serveConnections(
  app: FastifyInstance,
  { rpc, store, users, writeKeys }: GatewayDependencies,
): void {
  serveRoute(app, routes.listConnections, async ({ user_id }, { caller }) => {
    const answer = await rpc(caller).ask(listConnections, { user_id: themselves(caller, user_id) });
    return { body: answer.connections };
  });

  serveRoute(app, routes.removeConnection, async ({ user_id, provider }, { caller, idempotencyKey: key }) => {
    const question = { user_id: themselves(caller, user_id), provider };
    const write = { route: routes.removeConnection.id, caller: question.user_id, key, input: { provider } };
    return { body: await writeKeys.sameAnswer(write, () => rpc(caller).ask(removeConnection, question)) };
  });

  serveRoute(app, routes.removeProviderData, async ({ user_id, provider }, { caller, idempotencyKey }) => {
    const payload = { user_id: themselves(caller, user_id), provider };
    await users.mustExist(payload.user_id);
    await rpc(caller).ask(removeConnection, payload).catch(unlessNotLinked);
    const request = { payload, lane: 'interactive', source: 'gateway', idempotencyKey } as const;
    return queued(await requestJob(store, removeProviderData, request));
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
