import { callerName, type Principal } from '@undertone/contracts/access/principal';
import {
  cancelJob,
  cancelTask,
  type Retry,
  retryJob,
  retryTask,
  type Task,
} from '@undertone/contracts/jobs/task';
import { routes } from '@undertone/contracts/rest/routes';
import type { RpcClient } from '@undertone/platform/rpc/rpc-client';
import type { FastifyInstance } from 'fastify';
import { queued } from '../http/queued.js';
import { type Answer, serveRoute } from '../http/serve-route.js';
import type { WriteKeys } from '../idempotency/write-keys.js';
import { named } from '../users/themselves.js';

interface Dependencies {
  readonly rpc: (caller: Principal) => RpcClient;
  readonly writeKeys: WriteKeys;
}

/** Tasks are cancelled, and their work is asked for again: a person's own, and an operator's any. The scheduler decides. */
export function serveTaskDecisions(app: FastifyInstance, { rpc, writeKeys }: Dependencies): void {
  // Both are the same however often they are said, so a key is only held against another request.
  serveRoute(app, routes.cancelTask, async (input, { caller, idempotencyKey }) => {
    await writeKeys.claim(routes.cancelTask.id, callerName(caller), idempotencyKey, input);
    const { task_id, user_id } = input;
    return cancelled(await rpc(named(caller, user_id)).ask(cancelTask, { task_id }));
  });
  serveRoute(app, routes.retryTask, async (input, { caller, idempotencyKey }) => {
    await writeKeys.claim(routes.retryTask.id, callerName(caller), idempotencyKey, input);
    const { task_id, user_id } = input;
    return retried(await rpc(named(caller, user_id)).ask(retryTask, { task_id }));
  });
  serveRoute(app, routes.cancelJob, async (input, { caller }) =>
    cancelled(await rpc(caller).ask(cancelJob, input)),
  );
  serveRoute(app, routes.retryJob, async (input, { caller }) =>
    retried(await rpc(caller).ask(retryJob, input)),
  );
}

const cancelled = (task: Task): Answer<Task> => ({
  body: task,
  headers: { location: `/api/tasks/${task.task_id}` },
});

const retried = ({ task_id, retry_of }: Retry): Answer<ReturnType<typeof queued>['body'] & Retry> => {
  const { body, headers } = queued(task_id);
  return { body: { ...body, retry_of }, ...(headers && { headers }) };
};
