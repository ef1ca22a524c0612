import { routes } from '@undertone/contracts/rest/routes';
import type { FastifyInstance } from 'fastify';
import { serveEvents } from '../event-streams/serve-events.js';
import { serveRoute } from '../http/serve-route.js';
import { HttpProblem } from '../problems/problem.js';
import { followTask, type TaskDependencies } from './follow-task.js';

/** What became of a job, under both of its paths, and as it happens. */
export function serveTasks(app: FastifyInstance, dependencies: TaskDependencies): void {
  const { tasks } = dependencies;
  for (const route of [routes.getTask, routes.getTaskAlias]) {
    serveRoute(app, route, async ({ task_id }, { caller }) => {
      const found = await tasks.find(task_id, caller);
      if (!found) throw new HttpProblem('TASK_NOT_FOUND', 'there is no such task');
      return { body: found.task };
    });
  }
  serveEvents(app, routes.followTask, ({ task_id }, follower) => followTask(dependencies, task_id, follower));
}
