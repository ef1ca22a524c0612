import type { Principal } from '@undertone/contracts/access/principal';
import { countTasks, listTasks } from '@undertone/contracts/jobs/listed-task';
import { getTaskTimeline } from '@undertone/contracts/jobs/timeline';
import { routes } from '@undertone/contracts/rest/routes';
import type { RpcClient } from '@undertone/platform/rpc/rpc-client';
import type { FastifyInstance } from 'fastify';
import { serveEvents } from '../event-streams/serve-events.js';
import { nextPage } from '../http/next-page.js';
import { serveRoute } from '../http/serve-route.js';
import { HttpProblem } from '../problems/problem.js';
import { named, themselves } from '../users/themselves.js';
import { followPerson, type PersonDependencies } from './follow-person.js';
import { followTask, type TaskDependencies } from './follow-task.js';

/** A person's tasks: found by the scheduler, and what became of one, under both of its paths and as it happens. */
export function serveTasks(
  app: FastifyInstance,
  dependencies: TaskDependencies & PersonDependencies & { readonly rpc: (caller: Principal) => RpcClient },
): void {
  const { tasks, rpc } = dependencies;

  serveRoute(app, routes.listTasks, async (query, { caller }) => {
    const user_id = themselves(caller, query.user_id);
    const page = await rpc(caller).ask(listTasks, { ...query, user_id });
    return { body: page.items, headers: nextPage(routes.listTasks.path, query, page.next) };
  });

  serveRoute(app, routes.countTasks, async (filter, { caller }) => ({
    body: await rpc(caller).ask(countTasks, { ...filter, user_id: themselves(caller, filter.user_id) }),
  }));

  for (const route of [routes.getTask, routes.getTaskAlias]) {
    serveRoute(app, route, async ({ task_id, user_id }, { caller }) => {
      const found = await tasks.find(task_id, named(caller, user_id));
      if (!found) throw new HttpProblem('TASK_NOT_FOUND', 'there is no such task');
      return { body: found.task };
    });
  }

  serveRoute(app, routes.getTaskTimeline, async ({ task_id, user_id }, { caller }) => ({
    body: await rpc(named(caller, user_id)).ask(getTaskTimeline, { task_id }),
  }));

  serveEvents(app, routes.followEvents, ({ user_id }, follower) =>
    followPerson(dependencies, themselves(follower.caller, user_id), follower),
  );
  serveEvents(app, routes.followTask, ({ task_id, user_id }, follower) =>
    followTask(dependencies, task_id, { ...follower, caller: named(follower.caller, user_id) }),
  );
}
