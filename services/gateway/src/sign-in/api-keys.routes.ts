import { routes } from '@undertone/contracts/rest/routes';
import { createApiKey, listApiKeys, revokeApiKey } from '@undertone/contracts/sign-in/rpc';
import type { FastifyInstance } from 'fastify';
import { serveRoute } from '../http/serve-route.js';
import type { UserDependencies } from '../users/users.routes.js';
import { userOf } from './sign-in.routes.js';

/** Keys that people make for programs: answered by identity. */
export function serveApiKeys(app: FastifyInstance, { rpc }: Pick<UserDependencies, 'rpc'>): void {
  serveRoute(app, routes.createApiKey, async (input, call) => {
    const user_id = userOf(call);
    return { body: await rpc(call.caller).ask(createApiKey, { ...input, user_id }) };
  });
  serveRoute(app, routes.listApiKeys, async (_nothing, call) => {
    const user_id = userOf(call);
    return { body: (await rpc(call.caller).ask(listApiKeys, { user_id })).keys };
  });
  serveRoute(app, routes.revokeApiKey, async ({ key_id }, call) => {
    const user_id = userOf(call);
    return { body: await rpc(call.caller).ask(revokeApiKey, { user_id, key_id }) };
  });
}
