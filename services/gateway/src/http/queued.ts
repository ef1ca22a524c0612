import type { Answer } from './serve-route.js';

/** The answer to a request for long work. */
export const queued = (taskId: string): Answer<{ task_id: string; status: 'queued' }> => ({
  body: { task_id: taskId, status: 'queued' },
  headers: { location: `/api/tasks/${taskId}` },
});
