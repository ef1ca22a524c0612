import type { Principal } from '@undertone/contracts/access/principal';
import { changePreferences, getProfile, registerUser } from '@undertone/contracts/identity/rpc';
import { routes } from '@undertone/contracts/rest/routes';
import type { RpcClient } from '@undertone/platform/rpc/rpc-client';
import type { FastifyInstance } from 'fastify';
import { clientAddress } from '../callers/client-address.js';
import { serveRoute } from '../http/serve-route.js';
import type { WriteKeys } from '../idempotency/write-keys.js';
import type { KnownUsers } from './known-users.js';
import { themselves } from './themselves.js';

/** What these routes stand on. */
export interface UserDependencies {
  /** Asks services for a caller. */
  readonly rpc: (caller: Principal) => RpcClient;
  readonly users: KnownUsers;
  readonly writeKeys: WriteKeys;
}

/** Registering, and what a person says of themselves: answered by identity. */
export function serveUsers(app: FastifyInstance, { rpc, users, writeKeys }: UserDependencies): void {
  serveRoute(app, routes.registerUser, async (given, { caller, idempotencyKey, request }) => {
    const { password, ...known } = given;
    const write = {
      route: routes.registerUser.id,
      caller: given.spotify_user_id ?? given.email ?? '',
      key: idempotencyKey,
      // Of a password not even a hash is kept that is quick to make.
      input: known,
    };
    const registration = { ...given, address: clientAddress(request) };
    const { tone_mode: toneMode, ...user } = await writeKeys.once(
      write,
      () => rpc(caller).ask(registerUser, registration),
      // What was changed since then stays.
      () => rpc(caller).ask(registerUser, { ...registration, unchanged: true }),
    );
    users.remember(user.user_id, { timeZone: user.time_zone, toneMode });
    return { body: user };
  });

  serveRoute(app, routes.getProfile, async ({ user_id }, { caller }) => ({
    body: await rpc(caller).ask(getProfile, { user_id: themselves(caller, user_id) }),
  }));

  serveRoute(app, routes.changePreferences, async ({ user_id, ...changes }, { caller, idempotencyKey }) => {
    const userId = themselves(caller, user_id);
    const write = {
      route: routes.changePreferences.id,
      caller: userId,
      key: idempotencyKey,
      input: changes,
    };
    const body = await writeKeys.once(
      write,
      () => rpc(caller).ask(changePreferences, { user_id: userId, changes }),
      // What was changed since then stays.
      () => rpc(caller).ask(getProfile, { user_id: userId }),
    );
    users.remember(userId, { timeZone: body.time_zone, toneMode: body.tone_mode });
    return { body };
  });
}
