import { chooseListenThreshold } from '@undertone/contracts/jobs/renew-plays';
import { listeningEpoch, snapshotsField, snapshotsGroup } from '@undertone/contracts/listening/cache-keys';
import { compareSnapshots } from '@undertone/contracts/listening/comparison';
import { getListenThreshold } from '@undertone/contracts/listening/listen-threshold';
import { getSnapshot, listSnapshots, snapshotPage } from '@undertone/contracts/listening/rpc';
import { routes } from '@undertone/contracts/rest/routes';
import { requestJob } from '@undertone/platform/jobs/request-job';
import type { FastifyInstance } from 'fastify';
import type { GatewayDependencies } from '../dependencies.js';
import { nextPage } from '../http/next-page.js';
import { queued } from '../http/queued.js';
import { serveRoute } from '../http/serve-route.js';
import { HttpProblem } from '../problems/problem.js';
import { requestIngest } from './request-ingest.js';

/** Asking for an ingest, which is a job, and reading snapshots, from the cache where they are in it. */
export function serveListening(
  app: FastifyInstance,
  { cache, rpc, store, users, redis, log }: GatewayDependencies,
): void {
  serveRoute(app, routes.ingestListening, async (payload, { idempotencyKey }) => {
    const dependencies = { store, users, redis, log };
    const { taskId, reused } = await requestIngest(dependencies, payload, idempotencyKey);
    const { body, headers } = queued(taskId);
    return { body: { ...body, ...(reused && { reused }) }, ...(headers && { headers }) };
  });

  serveRoute(app, routes.listSnapshots, async (query, { caller }) => {
    const page =
      (await cache.read(
        snapshotsGroup(query.user_id),
        snapshotsField(query),
        snapshotPage,
        listeningEpoch,
      )) ?? (await rpc(caller).ask(listSnapshots, query));
    return { body: page.items, headers: nextPage(routes.listSnapshots.path, query, page.next) };
  });

  serveRoute(app, routes.getSnapshot, async ({ snapshot_id }, { caller }) => {
    const { snapshot } = await rpc(caller).ask(getSnapshot, { snapshot_id });
    if (!snapshot) throw new HttpProblem('SNAPSHOT_NOT_FOUND', 'there is no such snapshot');
    return { body: snapshot };
  });

  serveRoute(app, routes.compareSnapshots, async (pair, { caller }) => {
    const { comparison } = await rpc(caller).ask(compareSnapshots, pair);
    if (!comparison)
      throw new HttpProblem('SNAPSHOT_NOT_FOUND', 'there are no such two snapshots of one person');
    return { body: comparison };
  });

  serveRoute(app, routes.getListenThreshold, async ({ user_id }, { caller }) => {
    await users.mustExist(user_id);
    return { body: await rpc(caller).ask(getListenThreshold, { user_id }) };
  });

  serveRoute(app, routes.chooseListenThreshold, async ({ user_id, ...choice }, { idempotencyKey }) => {
    await users.mustExist(user_id);
    const { min_seconds = null, min_share = null } = choice;
    const isNone = min_seconds === null && min_share === null;
    const payload = { user_id, threshold: isNone ? null : { min_seconds, min_share } };
    const request = { payload, lane: 'interactive', source: 'gateway', idempotencyKey } as const;
    return queued(await requestJob(store, chooseListenThreshold, request));
  });
}
