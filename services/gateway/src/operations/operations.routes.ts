import type { Principal } from '@undertone/contracts/access/principal';
import {
  type LaneState,
  listQueues,
  pauseQueue,
  type QueueLane,
} from '@undertone/contracts/operations/queue';
import { type Worker, workerQuestions } from '@undertone/contracts/operations/worker';
import { routes } from '@undertone/contracts/rest/routes';
import type { FastifyInstance } from 'fastify';
import type { GatewayDependencies } from '../dependencies.js';
import { serveRoute } from '../http/serve-route.js';

/** How the installation is at work: every service answers for its part. */
export function serveOperations(app: FastifyInstance, { rpc }: GatewayDependencies): void {
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
