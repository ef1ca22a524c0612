import type { TaskStatus } from '@undertone/contracts/jobs/job';
import type { Task } from '@undertone/contracts/jobs/task';
import type { SocketRefusal, SocketStatus } from '@undertone/contracts/live/socket';
import type { HttpProblem } from '../problems/problem.js';

const words = {
  PENDING: 'queued',
  STARTED: 'started',
  PROGRESS: 'progress',
  RETRY: 'queued',
  SUCCESS: 'completed',
  FAILURE: 'failed',
  REVOKED: 'failed',
} as const satisfies Record<TaskStatus, SocketStatus['status']>;

const cancelled = { code: 'REVOKED', message: 'the task was cancelled' };

/** A task in the words of the earlier version's messages. */
export function statusMessage(task: Task, event_id: string): SocketStatus {
  const { task_id, attempt, progress, result } = task;
  const status = words[task.status];
  return {
    task_id,
    status,
    event_id,
    attempt,
    ...(status === 'progress' && progress && { progress }),
    ...(status === 'completed' && { result: result ?? {} }),
    ...(status === 'failed' && { error: task.error ?? cancelled }),
  };
}

/** Why a command was not followed. */
export function refusalMessage(
  { code, message, errors, headers }: HttpProblem,
  task_id?: string,
): SocketRefusal {
  const retryAfter = headers['retry-after'];
  return {
    status: 'error',
    ...(task_id !== undefined && { task_id }),
    error: {
      code,
      message,
      ...(errors && { errors: [...errors] }),
      ...(retryAfter !== undefined && { retry_after: Number(retryAfter) }),
    },
  };
}
