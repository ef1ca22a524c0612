import type { ListedTask } from '@undertone/contracts/jobs/listed-task';
import type { TaskTimeline } from '@undertone/contracts/jobs/timeline';
import { newId } from '@undertone/platform/ids/ids';
import { exampleTask } from './examples.js';

export const exampleListedTask = (taskId = newId()): ListedTask => ({
  ...exampleTask(taskId).task,
  queue: 'spotify',
  lane: 'interactive',
  worker: 'ingestion-1',
  started_at: '2026-11-23T10:00:01Z',
  ended_at: '2026-11-23T10:00:05Z',
  trace_id: 'a'.repeat(32),
  parent_task_id: null,
});

export const exampleTimeline = (taskId: string): TaskTimeline => ({
  task: exampleListedTask(taskId),
  attempts: [
    {
      nth: 1,
      attempt: 1,
      worker: 'ingestion-1',
      started_at: '2026-11-23T10:00:01Z',
      ended_at: '2026-11-23T10:00:05Z',
      outcome: 'succeeded',
      problem: null,
      next_at: null,
    },
  ],
  children: [],
  more_children: false,
  retry_task_id: null,
});
