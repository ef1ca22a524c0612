import { z } from 'zod';
import { id } from '../id.js';
import { task } from '../jobs/task.js';
import { defineRoute } from './route.js';

const taskPath = z.strictObject({ task_id: id });

/** What became of long work. */
export const taskRoutes = {
  getTask: defineRoute({
    id: 'getTask',
    method: 'GET',
    path: '/api/tasks/{task_id}',
    tag: 'tasks',
    summary: 'Follow a task',
    access: { owner: 'task_id' },
    errors: ['TASK_NOT_FOUND'],
    input: taskPath,
    from: 'query',
    success: { status: 200, body: task, description: 'The task' },
  }),
  followTask: defineRoute({
    id: 'followTask',
    method: 'GET',
    path: '/api/tasks/{task_id}/events',
    tag: 'tasks',
    summary: 'Follow a task as a stream of events',
    description:
      'Server-sent events `task`, each with the whole task as JSON: every status once, in order, from the first on; a comment every 15 seconds; it ends when the task does. Who comes back with `Last-Event-ID` goes on behind that event; where there is nothing more to come, the answer is 204.',
    access: { owner: 'task_id' },
    errors: ['TASK_NOT_FOUND'],
    input: taskPath,
    from: 'query',
    success: { status: 200, body: task, description: 'One event’s data', stream: true },
  }),
  getTaskAlias: defineRoute({
    id: 'getTaskAlias',
    method: 'GET',
    path: '/tasks/{task_id}',
    tag: 'tasks',
    summary: 'Follow a task, at the path of earlier versions',
    access: { owner: 'task_id' },
    errors: ['TASK_NOT_FOUND'],
    input: taskPath,
    from: 'query',
    success: { status: 200, body: task, description: 'The task' },
  }),
} as const;
