import type { Principal } from '@undertone/contracts/access/principal';
import { type ConsumerDefinition, consumers } from '@undertone/contracts/consumers';
import {
  clearRebuild,
  listRebuilds,
  type RebuildState,
  rebuildingServices,
  startRebuild,
  swapRebuild,
} from '@undertone/contracts/rebuild';
import { routes } from '@undertone/contracts/rest/routes';
import type { FastifyInstance } from 'fastify';
import type { GatewayDependencies } from '../dependencies.js';
import { serveRoute } from '../http/serve-route.js';
import { HttpProblem } from '../problems/problem.js';

/** The operator's rebuilds; the service that owns the projection does the work. */
export function serveRebuilds(app: FastifyInstance, { rpc }: GatewayDependencies): void {
  const statesOf = async (caller: Principal, service: RebuildState['service']): Promise<RebuildState[]> =>
    (await rpc(caller).ask(listRebuilds(service), {})).rebuilds;

  serveRoute(app, routes.listRebuilds, async (_nothing, { caller }) => {
    const states = await Promise.all(rebuildingServices.map((service) => statesOf(caller, service)));
    return { body: states.flat() };
  });

  serveRoute(app, routes.getRebuild, async ({ projection }, { caller }) => {
    const states = await statesOf(caller, ownerOf(projection));
    const state = states.find((one) => one.projection === projection);
    if (!state) throw unknown(projection);
    return { body: state };
  });

  serveRoute(app, routes.startRebuild, async (wanted, { caller }) => ({
    body: await rpc(caller).ask(startRebuild(ownerOf(wanted.projection)), wanted),
  }));

  serveRoute(app, routes.swapRebuild, async (wanted, { caller }) => ({
    body: await rpc(caller).ask(swapRebuild(ownerOf(wanted.projection)), wanted),
  }));

  serveRoute(app, routes.clearRebuild, async (wanted, { caller }) => ({
    body: await rpc(caller).ask(clearRebuild(ownerOf(wanted.projection)), wanted),
  }));
}

function ownerOf(projection: string): RebuildState['service'] {
  const consumer = Object.values<ConsumerDefinition>(consumers).find(({ name }) => name === projection);
  const owner = rebuildingServices.find((service) => service === consumer?.service);
  if (!owner) throw unknown(projection);
  return owner;
}

const unknown = (projection: string) =>
  new HttpProblem(
    'UNKNOWN_PROJECTION',
    `there is no projection ${projection}: GET ${routes.listRebuilds.path} lists them`,
  );
