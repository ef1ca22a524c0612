import { nobody } from '@undertone/contracts/id';
import { backfillSchedule, planBackfill } from '@undertone/contracts/jobs/backfill';
import { scheduledJobs } from '@undertone/contracts/jobs/for-everyone';
import { routes } from '@undertone/contracts/rest/routes';
import {
  changeSchedule,
  listSchedules,
  pauseSchedule,
  pauseSchedules,
  resetSchedule,
} from '@undertone/contracts/schedules/schedule';
import { requestJob } from '@undertone/platform/jobs/request-job';
import type { FastifyInstance } from 'fastify';
import type { GatewayDependencies } from '../dependencies.js';
import { queued } from '../http/queued.js';
import { serveRoute } from '../http/serve-route.js';

/** What runs by itself; the scheduler keeps it, and a run by hand is a job like any other. */
export function serveSchedules(app: FastifyInstance, { rpc, store }: GatewayDependencies): void {
  serveRoute(app, routes.listSchedules, async (_nothing, { caller }) => ({
    body: (await rpc(caller).ask(listSchedules, {})).schedules,
  }));
  serveRoute(app, routes.changeSchedule, async (change, { caller }) => ({
    body: await rpc(caller).ask(changeSchedule, change),
  }));
  serveRoute(app, routes.resetSchedule, async ({ name }, { caller }) => ({
    body: await rpc(caller).ask(resetSchedule, { name }),
  }));
  serveRoute(app, routes.pauseSchedules, async (_nothing, { caller }) => ({
    body: (await rpc(caller).ask(pauseSchedules, { paused: true })).schedules,
  }));
  serveRoute(app, routes.resumeSchedules, async (_nothing, { caller }) => ({
    body: (await rpc(caller).ask(pauseSchedules, { paused: false })).schedules,
  }));
  serveRoute(app, routes.pauseSchedule, async ({ name }, { caller }) => ({
    body: await rpc(caller).ask(pauseSchedule, { name, paused: true }),
  }));
  serveRoute(app, routes.resumeSchedule, async ({ name }, { caller }) => ({
    body: await rpc(caller).ask(pauseSchedule, { name, paused: false }),
  }));
  serveRoute(app, routes.runSchedule, async ({ name }, { idempotencyKey }) => {
    const request = {
      payload: { user_id: nobody },
      lane: 'bulk',
      source: 'gateway',
      idempotencyKey,
    } as const;
    return queued(await requestJob(store, scheduledJobs[name], request));
  });
  serveRoute(app, routes.backfillSchedule, async ({ dry_run, ...range }, { caller, idempotencyKey }) => {
    const { plan, cron, time_zone } = await rpc(caller).ask(planBackfill, range);
    if (dry_run || plan.to_run === 0) return { body: plan };
    const payload = { user_id: nobody, ...range, cron, time_zone };
    const request = { payload, lane: 'bulk', source: 'gateway', idempotencyKey } as const;
    return { ...queued(await requestJob(store, backfillSchedule, request)), status: 202 };
  });
}
