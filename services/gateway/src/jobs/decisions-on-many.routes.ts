import { callerName, type Principal } from '@undertone/contracts/access/principal';
import { nobody } from '@undertone/contracts/id';
import { decisionsOnMany } from '@undertone/contracts/jobs/decide-many';
import type { JobDefinition } from '@undertone/contracts/jobs/job';
import { routes } from '@undertone/contracts/rest/routes';
import { pseudonymOf } from '@undertone/platform/ids/pseudonym';
import { requestJob } from '@undertone/platform/jobs/request-job';
import type { FastifyInstance } from 'fastify';
import type { GatewayDependencies } from '../dependencies.js';
import { queued } from '../http/queued.js';
import { type Call, serveRoute } from '../http/serve-route.js';

type Payload<F> = { user_id: typeof nobody; asked_by?: string | undefined; filter: F; dry_run: boolean };

/** What operators decide about many jobs, or dead letters, at once: a job of the scheduler's finds them, and decides. */
export function serveDecisionsOnMany(
  app: FastifyInstance,
  { store }: Pick<GatewayDependencies, 'store'>,
): void {
  const ask = async <F>(
    definition: JobDefinition<Payload<F>>,
    { all, dry_run, ...filter }: F & { all: boolean; dry_run: boolean },
    { caller, idempotencyKey }: Call,
  ) => {
    const payload = { user_id: nobody, ...askedBy(caller), filter: filter as F, dry_run } as const;
    // Two operators may well use the same key.
    const key = idempotencyKey && `${callerName(caller)} ${idempotencyKey}`;
    const request = { payload, lane: 'interactive', source: 'gateway', idempotencyKey: key } as const;
    return queued(await requestJob(store, definition, request));
  };

  serveRoute(app, routes.cancelJobs, (input, call) => ask(decisionsOnMany.cancelJobs, input, call));
  serveRoute(app, routes.retryJobs, (input, call) => ask(decisionsOnMany.retryJobs, input, call));
  serveRoute(app, routes.retryDeadLetters, (input, call) =>
    ask(decisionsOnMany.retryDeadLetters, input, call),
  );
  serveRoute(app, routes.discardDeadLetters, (input, call) =>
    ask(decisionsOnMany.discardDeadLetters, input, call),
  );
}

const askedBy = ({ who }: Principal) => (who.kind === 'user' ? { asked_by: pseudonymOf(who.user_id) } : {});
