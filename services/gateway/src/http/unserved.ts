import type { RouteDefinition } from '@undertone/contracts/rest/route';
import type { FastifyInstance, HTTPMethods } from 'fastify';
import { HttpProblem } from '../problems/problem.js';
import { fastifyPath } from './serve-route.js';

/** Paths that nothing is served at: refused before a body is read. */
export function refuseUnknownPaths(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    if (request.is404)
      throw new HttpProblem('ROUTE_NOT_FOUND', 'there is nothing at this path; /docs lists what there is');
  });
}

const methods: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Known paths with a method they do not have: 405, with the methods they have in `Allow`. */
export function refuseOtherMethods(
  app: FastifyInstance,
  served: readonly Pick<RouteDefinition, 'path' | 'method'>[],
): void {
  const byPath = Map.groupBy(served, (route) => route.path);
  for (const [path, definitions] of byPath) {
    const allowed = new Set<HTTPMethods>(definitions.map((route) => route.method));
    // Fastify answers HEAD wherever it answers GET.
    if (allowed.has('GET')) allowed.add('HEAD');
    const allow = [...allowed].join(', ');
    const refuse = async () => {
      throw new HttpProblem('METHOD_NOT_ALLOWED', `this path takes ${allow}`, { headers: { allow } });
    };
    app.route({
      method: methods.filter((method) => !allowed.has(method)),
      url: fastifyPath(path),
      onRequest: refuse,
      handler: refuse,
    });
  }
}
