import { z } from 'zod';
import { schedule, scheduleName } from '../schedules/schedule.js';
import { queuedTask } from './queued-task.js';
import { defineRoute } from './route.js';

const one = z.strictObject({ name: scheduleName });
const tag = 'schedules';

/** Schedules: reading them, holding one up, and running one at once. */
export const scheduleRoutes = {
  listSchedules: defineRoute({
    id: 'listSchedules',
    method: 'GET',
    path: '/api/admin/schedules',
    tag,
    summary: 'Read what runs by itself, and when',
    access: 'admin',
    errors: [],
    input: z.strictObject({}),
    from: 'query',
    success: { status: 200, body: z.array(schedule), description: 'All of them; there are no more pages' },
  }),
  pauseSchedule: defineRoute({
    id: 'pauseSchedule',
    method: 'POST',
    path: '/api/admin/schedules/{name}/pause',
    tag,
    summary: 'Let a schedule fire no more until it is resumed',
    description: 'Restarts and changed settings do not resume it. What already runs goes on.',
    access: 'admin',
    errors: ['SCHEDULE_OFF'],
    input: one,
    from: 'body',
    success: { status: 200, body: schedule, description: 'The schedule' },
  }),
  resumeSchedule: defineRoute({
    id: 'resumeSchedule',
    method: 'POST',
    path: '/api/admin/schedules/{name}/resume',
    tag,
    summary: 'Let a paused schedule fire again',
    description: 'What it missed meanwhile is not made up for.',
    access: 'admin',
    errors: ['SCHEDULE_OFF'],
    input: one,
    from: 'body',
    success: { status: 200, body: schedule, description: 'The schedule' },
  }),
  runSchedule: defineRoute({
    id: 'runSchedule',
    method: 'POST',
    path: '/api/admin/schedules/{name}/run',
    tag,
    summary: 'Run what a schedule does now, whether it is on or not',
    description: 'With the same `Idempotency-Key` it is one run.',
    access: 'admin',
    errors: [],
    input: one,
    from: 'body',
    success: { status: 202, body: queuedTask, description: 'The task to follow' },
  }),
} as const;
