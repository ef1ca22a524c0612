import { routes } from '@undertone/contracts/rest/routes';
import { storeTokens } from '@undertone/contracts/token/rpc';
import type { FastifyInstance } from 'fastify';
import type { GatewayDependencies } from '../dependencies.js';
import { serveRoute } from '../http/serve-route.js';

/** Storing Spotify tokens, of a user who exists: answered by token, never with a token in it. */
export function serveTokens(app: FastifyInstance, { rpc, users, writeKeys }: GatewayDependencies): void {
  serveRoute(app, routes.storeTokens, async (submission, { caller, idempotencyKey }) => {
    await users.mustExist(submission.user_id);
    await writeKeys.claim(routes.storeTokens.id, submission.user_id, idempotencyKey, submission);
    return { body: await rpc(caller).ask(storeTokens, { ...submission, idempotency_key: idempotencyKey }) };
  });
}
