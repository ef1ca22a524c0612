import { listJobTotals } from '@undertone/contracts/job-totals/job-totals';
import { countJobs, listJobs } from '@undertone/contracts/jobs/listed-task';
import { getJob } from '@undertone/contracts/jobs/timeline';
import { routes } from '@undertone/contracts/rest/routes';
import type { FastifyInstance } from 'fastify';
import type { GatewayDependencies } from '../dependencies.js';
import { nextPage } from '../http/next-page.js';
import { serveRoute } from '../http/serve-route.js';

/** Everybody's jobs, for operators: found by the scheduler. */
export function serveJobs(app: FastifyInstance, { rpc }: Pick<GatewayDependencies, 'rpc'>): void {
  serveRoute(app, routes.listJobs, async (query, { caller }) => {
    const page = await rpc(caller).ask(listJobs, query);
    return { body: page.items, headers: nextPage(routes.listJobs.path, query, page.next) };
  });

  serveRoute(app, routes.countJobs, async (filter, { caller }) => ({
    body: await rpc(caller).ask(countJobs, filter),
  }));

  serveRoute(app, routes.listJobTotals, async (query, { caller }) => {
    const page = await rpc(caller).ask(listJobTotals, query);
    return { body: page.items, headers: nextPage(routes.listJobTotals.path, query, page.next) };
  });

  serveRoute(app, routes.getJob, async (one, { caller }) => ({ body: await rpc(caller).ask(getJob, one) }));
}
