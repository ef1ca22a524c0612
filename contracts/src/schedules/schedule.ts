import { z } from 'zod';
import { id } from '../id.js';
import { defineRpc } from '../rpc.js';
import { timeZone } from '../time-zone.js';

/** What the system does by itself at set times; each is named after the job that it requests. */
export const scheduleName = z
  .enum(['ingest-all-users', 'generate-weekly-summaries', 'generate-daily-insights'])
  .meta({ id: 'ScheduleName' });
export type ScheduleName = z.output<typeof scheduleName>;

export const schedule = z
  .object({
    name: scheduleName,
    status: z.enum(['on', 'paused', 'off']).meta({
      description:
        '`off`: the settings switch it off. `paused`: an operator did, until an operator resumes it.',
    }),
    cron: z.string().nullable().meta({
      description:
        'Six fields: second, minute, hour, day of the month, month, day of the week. Null: it is off.',
    }),
    time_zone: timeZone.nullable(),
    next_at: z.iso.datetime().nullable().meta({ description: 'When it fires next; null: it does not.' }),
    last_fired_at: z.iso.datetime().nullable(),
    last_task_id: id.nullable().meta({ description: 'The job that the last firing requested.' }),
  })
  .meta({ id: 'Schedule' });
export type Schedule = z.output<typeof schedule>;

export const listSchedules = defineRpc({
  service: 'scheduler',
  question: 'list-schedules',
  access: 'admin',
  input: z.object({}),
  output: z.object({ schedules: z.array(schedule) }),
});

/** Paused it stays through restarts and changed settings. */
export const pauseSchedule = defineRpc({
  service: 'scheduler',
  question: 'pause-schedule',
  access: 'admin',
  isWrite: true,
  input: z.object({ name: scheduleName, paused: z.boolean() }),
  output: schedule,
});
