import { z } from 'zod';
import { id } from '../id.js';
import { listedTask, taskCounts, taskCountsQuery, tasksQuery } from '../jobs/listed-task.js';
import { personalEvent } from '../jobs/personal-event.js';
import { task } from '../jobs/task.js';
import { taskTimeline } from '../jobs/timeline.js';
import { queuedRetry } from './queued-task.js';
import { defineRoute } from './route.js';

const onePath = z.strictObject({ task_id: id });
/** A task of one's own; `user_id` says who they are where sign-in is off. */
const taskPath = onePath.extend({
  user_id: id.optional().meta({ description: 'Whose it is; a task of somebody else is not found.' }),
});
const ofTask = { owner: ['task_id', 'user_id'] } as const;

const cancelling =
  'What runs stops within a second, and what has not begun never does. Said again, it is the same. What it had done before stays. Some work is not cancelled: what erases, and, once it has begun, what takes an import back or changes which plays count (`TASK_NOT_CANCELLABLE`).';
const retrying =
  'The task stays as it ended, and another one does its work: the same one however often it is asked for. Work whose upload or archive went with it has to be asked for by its own route (`TASK_NOT_RETRYABLE`).';
const cancelErrors = ['TASK_NOT_FOUND', 'TASK_ENDED', 'TASK_NOT_CANCELLABLE'] as const;
const retryErrors = ['TASK_NOT_FOUND', 'TASK_NOT_FAILED', 'TASK_NOT_RETRYABLE'] as const;
const cancelled = { status: 202, body: task, description: 'The task, cancelled' } as const;
const retried = { status: 202, body: queuedRetry, description: 'The new task, to follow' } as const;

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
    access: ofTask,
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
      'Server-sent events `task`, each with the whole task as JSON: every status once, in order, from the first on; a comment every 15 seconds; it ends when the task does. Who comes back with `Last-Event-ID` goes on behind that event; an id that is none of this task’s counts as none. Where there is nothing more to come, the answer is 204.',
    access: ofTask,
    errors: ['TASK_NOT_FOUND'],
    input: taskPath,
    from: 'query',
    success: { status: 200, body: task, description: 'One event’s data', stream: true },
  }),
  followEvents: defineRoute({
    id: 'followEvents',
    method: 'GET',
    path: '/api/events',
    tag: 'tasks',
    summary: 'Follow all of your tasks, and what comes of them, as a stream of events',
    description:
      'Server-sent events, named by their `kind`: `task` with the whole task at each status, and `snapshot`, `insight` and `import` with the id of what is new; a comment every 15 seconds. It begins now, with `position`: what is read from the lists after that, and the events, miss nothing together. Who comes back with `Last-Event-ID` goes on behind that event, at any replica; where that is too long ago (tens of thousands of events of the installation, or 30 days), or no id of this stream, a `reset` says so. After a break an event other than `task` may come again.',
    access: { owner: 'user_id' },
    errors: [],
    input: z.strictObject({ user_id: id.optional() }),
    from: 'query',
    success: { status: 200, body: personalEvent, description: 'One event’s data', stream: true },
  }),
  getTaskTimeline: defineRoute({
    id: 'getTaskTimeline',
    method: 'GET',
    path: '/api/tasks/{task_id}/timeline',
    tag: 'tasks',
    summary: 'Read what became of a task: its attempts, waits and children',
    access: ofTask,
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
    access: ofTask,
    errors: ['TASK_NOT_FOUND'],
    input: taskPath,
    from: 'query',
    success: { status: 200, body: task, description: 'The task' },
  }),
  cancelTask: defineRoute({
    id: 'cancelTask',
    method: 'DELETE',
    path: '/api/tasks/{task_id}',
    tag: 'tasks',
    summary: 'Cancel a task',
    description: cancelling,
    access: ofTask,
    errors: cancelErrors,
    input: taskPath,
    from: 'query',
    success: cancelled,
  }),
  retryTask: defineRoute({
    id: 'retryTask',
    method: 'POST',
    path: '/api/tasks/{task_id}/retry',
    tag: 'tasks',
    summary: 'Ask for the work of a task again that failed or was cancelled',
    description: retrying,
    access: ofTask,
    errors: retryErrors,
    input: taskPath,
    from: 'query',
    success: retried,
  }),
  cancelJob: defineRoute({
    id: 'cancelJob',
    method: 'POST',
    path: '/api/admin/jobs/{task_id}/cancel',
    tag: 'tasks',
    summary: 'Cancel anybody’s task',
    description: cancelling,
    access: 'admin',
    errors: cancelErrors,
    input: onePath,
    from: 'query',
    success: cancelled,
  }),
  retryJob: defineRoute({
    id: 'retryJob',
    method: 'POST',
    path: '/api/admin/jobs/{task_id}/retry',
    tag: 'tasks',
    summary: 'Ask for the work of anybody’s task again',
    description: retrying,
    access: 'admin',
    errors: retryErrors,
    input: onePath,
    from: 'query',
    success: retried,
  }),
} as const;
