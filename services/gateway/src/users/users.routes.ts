import { registerUser } from '@undertone/contracts/identity/rpc';
import { routes } from '@undertone/contracts/rest/routes';
import type { FastifyInstance } from 'fastify';
import type { GatewayDependencies } from '../dependencies.js';
import { serveRoute } from '../http/serve-route.js';

/** Registering: answered by identity. */
export function serveUsers(app: FastifyInstance, { rpc, users, writeKeys }: GatewayDependencies): void {
  serveRoute(app, routes.registerUser, async (registration, { caller, idempotencyKey }) => {
    await writeKeys.claim(routes.registerUser.id, registration.spotify_user_id, idempotencyKey, registration);
    const user = await rpc(caller).ask(registerUser, registration);
    users.remember(user.user_id, { timeZone: user.time_zone });
    return { body: user };
  });
}
