import { z } from 'zod';
import { schedule, scheduleCron, scheduleNamed } from '../schedules/schedule.js';
import { timeZone } from '../time-zone.js';
import { queuedTask } from './queued-task.js';
import { defineRoute } from './route.js';

const one = z.strictObject({ name: scheduleNamed });
const tag = 'schedules';

const all = { status: 200, body: z.array(schedule), description: 'All schedules' } as const;

/** Schedules: reading them, saying when, holding them up, and running one at once. */
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
  changeSchedule: defineRoute({
    id: 'changeSchedule',
    method: 'PATCH',
    path: '/api/admin/schedules/{name}',
    tag,
    summary: 'Say when a schedule fires',
    description:
      'In place of what the settings say, until it is taken back or the settings say something else than now. One that the settings switch off is on afterwards, and a paused one stays paused.',
    access: 'admin',
    errors: ['SCHEDULE_OFF'],
    input: one.extend({ cron: scheduleCron.optional(), time_zone: timeZone.optional() }),
    from: 'body',
    success: { status: 200, body: schedule, description: 'The schedule' },
  }),
  resetSchedule: defineRoute({
    id: 'resetSchedule',
    method: 'DELETE',
    path: '/api/admin/schedules/{name}',
    tag,
    summary: 'Let a schedule fire when the settings say',
    description: 'Takes back what an operator said; a paused one stays paused.',
    access: 'admin',
    errors: [],
    input: one,
    from: 'query',
    success: { status: 200, body: schedule, description: 'The schedule' },
  }),
  pauseSchedules: defineRoute({
    id: 'pauseSchedules',
    method: 'POST',
    path: '/api/admin/schedules/pause',
    tag,
    summary: 'Let no schedule fire until it is resumed',
    description: 'What already runs goes on.',
    access: 'admin',
    errors: [],
    input: z.strictObject({}),
    from: 'body',
    success: all,
  }),
  resumeSchedules: defineRoute({
    id: 'resumeSchedules',
    method: 'POST',
    path: '/api/admin/schedules/resume',
    tag,
    summary: 'Let all paused schedules fire again',
    description: 'Those too that were paused one by one. What they missed meanwhile is not made up for.',
    access: 'admin',
    errors: [],
    input: z.strictObject({}),
    from: 'body',
    success: all,
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
    success: { status: 202, body: queuedTask, description: 'The job, to follow as a task' },
  }),
} as const;
