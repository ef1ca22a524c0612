import { z } from 'zod';
import { id } from '../id.js';
import { listedTask, taskCounts, taskCountsQuery, tasksQuery } from '../jobs/listed-task.js';
import { task } from '../jobs/task.js';
import { taskTimeline } from '../jobs/timeline.js';
import { defineRoute } from './route.js';

const taskPath = z.strictObject({ task_id: id });

/** What became of long work. */
export const taskRoutes = {
  listTasks: defineRoute({
    id: 'listTasks',
    method: 'GET',
    path: '/api/tasks',
    tag: 'tasks',
    summary: 'Find your tasks, newest first',
    description: 'A task that was just asked for may take a moment to be there.',
    access: { owner: 'user_id' },
    errors: [],
    input: tasksQuery,
    from: 'query',
    success: { status: 200, body: z.array(listedTask), description: 'Tasks; the next page is in `Link`' },
  }),
  countTasks: defineRoute({
    id: 'countTasks',
    method: 'GET',
    path: '/api/tasks/counts',
    tag: 'tasks',
    summary: 'Count your tasks by status',
    access: { owner: 'user_id' },
    errors: [],
    input: taskCountsQuery,
    from: 'query',
    success: { status: 200, body: taskCounts, description: 'How many there are in each status' },
  }),
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
  getTaskTimeline: defineRoute({
    id: 'getTaskTimeline',
    method: 'GET',
    path: '/api/tasks/{task_id}/timeline',
    tag: 'tasks',
    summary: 'Read what became of a task: its attempts, waits and children',
    access: { owner: 'task_id' },
    errors: ['TASK_NOT_FOUND'],
    input: taskPath,
    from: 'query',
    success: { status: 200, body: taskTimeline, description: 'The task and its timeline' },
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
