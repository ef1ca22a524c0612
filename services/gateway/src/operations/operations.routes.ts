import type { Principal } from '@undertone/contracts/access/principal';
import { type ProjectionState, projectionQuestions } from '@undertone/contracts/operations/projection';
import {
  type LaneState,
  listQueues,
  pauseQueue,
  type QueueLane,
} from '@undertone/contracts/operations/queue';
import { systemQuestions } from '@undertone/contracts/operations/system';
import { type Worker, workerQuestions } from '@undertone/contracts/operations/worker';
import { listRebuilds, rebuildingServices } from '@undertone/contracts/rebuild';
import { routes } from '@undertone/contracts/rest/routes';
import { ServiceUnavailable } from '@undertone/platform/rpc/rpc-client';
import type { FastifyInstance } from 'fastify';
import type { GatewayDependencies } from '../dependencies.js';
import { serveRoute } from '../http/serve-route.js';
import { redisPart, systemOf } from './system-state.js';

/** How the installation is at work: every service answers for its part. */
export function serveOperations(app: FastifyInstance, { rpc, nats, redis }: GatewayDependencies): void {
  const workers = async (caller: Principal): Promise<Worker[]> => {
    const replicas = await Promise.all(workerQuestions.map((question) => rpc(caller).askAll(question, {})));
    return replicas.flat().sort((one, other) => (one.instance < other.instance ? -1 : 1));
  };
  const lanesOf = async (caller: Principal, asked: Promise<{ lanes: LaneState[] }>): Promise<QueueLane[]> => {
    const [{ lanes }, replicas] = await Promise.all([asked, workers(caller)]);
    return lanes.map((lane) => ({ ...lane, ...workOn(lane, replicas) }));
  };

  serveRoute(app, routes.listWorkers, async (_nothing, { caller }) => ({ body: await workers(caller) }));
  serveRoute(app, routes.listQueues, async (_nothing, { caller }) => ({
    body: await lanesOf(caller, rpc(caller).ask(listQueues, {})),
  }));
  serveRoute(app, routes.pauseQueue, async (which, { caller }) => ({
    body: await lanesOf(caller, rpc(caller).ask(pauseQueue, { ...which, paused: true })),
  }));
  serveRoute(app, routes.resumeQueue, async (which, { caller }) => ({
    body: await lanesOf(caller, rpc(caller).ask(pauseQueue, { ...which, paused: false })),
  }));

  serveRoute(app, routes.listProjections, async (_nothing, { caller }) => {
    const client = rpc(caller);
    const [places, rebuilds] = await Promise.all([
      Promise.all(projectionQuestions.map((question) => client.ask(question, {}))),
      Promise.all(rebuildingServices.map((service) => client.ask(listRebuilds(service), {}))),
    ]);
    const rebuildOf = new Map(
      rebuilds.flatMap((one) => one.rebuilds.map(({ projection, status }) => [projection, status] as const)),
    );
    const body: ProjectionState[] = places.flatMap(({ projections }) =>
      projections.map((place) => ({ ...place, rebuild: rebuildOf.get(place.projection) ?? null })),
    );
    return { body };
  });

  serveRoute(app, routes.getSystem, async (_nothing, { caller }) => {
    const [parts, redisNow] = await Promise.all([
      Promise.all(systemQuestions.map((question) => partOf(rpc(caller).ask(question, {})))),
      redisPart(redis),
    ]);
    return { body: systemOf(parts.flat(), nats, redisNow) };
  });
}

/** What a service answers; nothing, where it does not. */
async function partOf<P>(asked: Promise<P>): Promise<P[]> {
  try {
    return [await asked];
  } catch (error) {
    if (error instanceof ServiceUnavailable) return [];
    throw error;
  }
}

function workOn({ queue, lane }: LaneState, replicas: readonly Worker[]) {
  const theirs = replicas.flatMap(({ lanes }) =>
    lanes.filter((one) => one.queue === queue && one.lane === lane),
  );
  const sum = (of: (one: (typeof theirs)[number]) => number) =>
    theirs.reduce((total, one) => total + of(one), 0);
  return {
    replicas: theirs.length,
    slots: sum(({ slots }) => slots),
    running: sum(({ jobs }) => jobs.length),
  };
}
