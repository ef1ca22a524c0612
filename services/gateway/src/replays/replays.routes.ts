import type { Principal } from '@undertone/contracts/access/principal';
import {
  controlReplay,
  getReplay,
  getReplayReport,
  listReplays,
  orderReplay,
  type ReplayControl,
} from '@undertone/contracts/replay/rpc';
import { routes } from '@undertone/contracts/rest/routes';
import type { FastifyInstance } from 'fastify';
import type { GatewayDependencies } from '../dependencies.js';
import { serveEvents } from '../event-streams/serve-events.js';
import { nextPage } from '../http/next-page.js';
import { serveRoute } from '../http/serve-route.js';
import { HttpProblem } from '../problems/problem.js';
import { followReplay } from './follow-replay.js';

const unknown = () => new HttpProblem('REPLAY_NOT_FOUND', 'there is no such replay');

/** Ordering, following and deciding on replays; the insight service does it all. */
export function serveReplays(app: FastifyInstance, dependencies: GatewayDependencies): void {
  const { rpc } = dependencies;

  serveRoute(app, routes.orderReplay, async (input, { caller, idempotencyKey }) => {
    const { dry_run, ...order } = input;
    const question = { order, dry_run, ...(idempotencyKey && { idempotency_key: idempotencyKey }) };
    return { body: await rpc(caller).ask(orderReplay, question) };
  });

  serveRoute(app, routes.listReplays, async (query, { caller }) => {
    const { replays, next } = await rpc(caller).ask(listReplays, query);
    return { body: replays, headers: nextPage(routes.listReplays.path, {}, next ?? null) };
  });

  serveRoute(app, routes.getReplay, async ({ replay_id }, { caller }) => {
    const { replay } = await rpc(caller).ask(getReplay, { replay_id });
    if (!replay) throw unknown();
    return { body: replay };
  });

  serveEvents(app, routes.followReplay, ({ replay_id }, follower) =>
    followReplay(dependencies, replay_id, follower),
  );

  serveRoute(app, routes.getReplayReport, async ({ replay_id }, { caller }) => {
    const { report } = await rpc(caller).ask(getReplayReport, { replay_id });
    if (!report) throw unknown();
    return { body: report };
  });

  const decided = async (caller: Principal, replay_id: string, control: ReplayControl) => ({
    body: (await rpc(caller).ask(controlReplay, { replay_id, control })).replay,
  });
  serveRoute(app, routes.approveReplay, ({ replay_id }, { caller }) =>
    decided(caller, replay_id, { action: 'go' }),
  );
  serveRoute(app, routes.pauseReplay, ({ replay_id }, { caller }) =>
    decided(caller, replay_id, { action: 'pause' }),
  );
  serveRoute(app, routes.resumeReplay, ({ replay_id, budget }, { caller }) =>
    decided(caller, replay_id, { action: 'resume', ...(budget && { budget }) }),
  );
  serveRoute(app, routes.cancelReplay, ({ replay_id }, { caller }) =>
    decided(caller, replay_id, { action: 'cancel' }),
  );
  serveRoute(app, routes.activateReplay, ({ replay_id, allow_failures }, { caller }) =>
    decided(caller, replay_id, { action: 'activate', allow_failures }),
  );
  serveRoute(app, routes.rollBackReplay, ({ replay_id }, { caller }) =>
    decided(caller, replay_id, { action: 'rollback' }),
  );
}
