import { ingestListeningData } from '@undertone/contracts/jobs/ingest-listening-data';
import { snapshotsField, snapshotsGroup } from '@undertone/contracts/listening/cache-keys';
import { listSnapshots, snapshotPage } from '@undertone/contracts/listening/rpc';
import { routes } from '@undertone/contracts/rest/routes';
import { requestJob } from '@undertone/platform/jobs/request-job';
import type { FastifyInstance } from 'fastify';
import type { GatewayDependencies } from '../dependencies.js';
import { nextPage } from '../http/next-page.js';
import { queued } from '../http/queued.js';
import { serveRoute } from '../http/serve-route.js';

/** Asking for an ingest, which is a job, and listing snapshots, from the cache where they are in it. */
export function serveListening(
  app: FastifyInstance,
  { cache, rpc, store, users }: GatewayDependencies,
): void {
  serveRoute(app, routes.ingestListening, async (payload, { idempotencyKey }) => {
    await users.mustExist(payload.user_id);
    const request = { payload, lane: 'interactive', source: 'gateway', idempotencyKey } as const;
    return queued(await requestJob(store, ingestListeningData, request));
  });

  serveRoute(app, routes.listSnapshots, async (query) => {
    const page =
      (await cache.read(snapshotsGroup(query.user_id), snapshotsField(query), snapshotPage)) ??
      (await rpc.ask(listSnapshots, query));
    return { body: page.items, headers: nextPage(routes.listSnapshots.path, query, page.next) };
  });
}
