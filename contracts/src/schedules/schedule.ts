import { z } from 'zod';
import { currentJobType, earlierNamesOf } from '../earlier-job-names.js';
import { id } from '../id.js';
import { defineRpc } from '../rpc.js';
import { foreignId } from '../text.js';
import { timeZone } from '../time-zone.js';

/** What the system does by itself at set times; each is named after the job that it requests. */
export const scheduleName = z
  .enum([
    'ingest-all-users',
    'generate-weekly-summaries',
    'generate-daily-insights',
    'refresh-expiring-tokens',
    'monitor-failed-jobs',
    'cleanup-old-jobs',
    'follow-time-zones',
  ])
  .meta({ id: 'ScheduleName' });
export type ScheduleName = z.output<typeof scheduleName>;

/** A schedule, as whoever asks names it: what the earlier version called its tasks is taken, too. */
export const scheduleNamed = z
  .enum([...scheduleName.options, ...earlierNamesOf(scheduleName.options)])
  .transform((name) => scheduleName.parse(currentJobType(name)));

export const scheduleCron = z.string().trim().min(1).max(200).meta({
  description: 'Six fields: second, minute, hour, day of the month, month, day of the week.',
});

export const schedule = z
  .object({
    name: scheduleName,
    status: z.enum(['on', 'paused', 'off']).meta({
      description:
        '`off`: the settings switch it off, and nobody said when. `paused`: an operator holds it up, until an operator resumes it.',
    }),
    cron: z.string().nullable().meta({
      description:
        'Six fields: second, minute, hour, day of the month, month, day of the week. Null: it is off.',
    }),
    time_zone: timeZone.nullable(),
    said_by: z.enum(['settings', 'operator']).meta({
      description: 'Who said when. An operator’s word stands until it is taken back, or the settings change.',
    }),
    next_at: z.iso.datetime().nullable().meta({ description: 'When it fires next; null: it does not.' }),
    last_fired_at: z.iso.datetime().nullable(),
    last_task_id: id.nullable().meta({ description: 'The job that the last firing requested.' }),
    last_status: foreignId.nullable().meta({
      description: 'What has become of that job; null: the log has nothing of it.',
      example: 'SUCCESS',
    }),
    last_result: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta({ description: 'What it came to; null: it has not succeeded.' }),
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

/** In place of what the settings say. */
export const changeSchedule = defineRpc({
  service: 'scheduler',
  question: 'change-schedule',
  access: 'admin',
  isWrite: true,
  input: z.object({
    name: scheduleName,
    cron: scheduleCron.optional(),
    /** Absent: it stays, or is the settings'. */
    time_zone: timeZone.optional(),
  }),
  output: schedule,
});

/** Back to what the settings say; what is paused stays paused. */
export const resetSchedule = defineRpc({
  service: 'scheduler',
  question: 'reset-schedule',
  access: 'admin',
  isWrite: true,
  input: z.object({ name: scheduleName }),
  output: schedule,
});

/** Those that are on, or those that are paused. @returns all schedules. */
export const pauseSchedules = defineRpc({
  service: 'scheduler',
  question: 'pause-schedules',
  access: 'admin',
  isWrite: true,
  input: z.object({ paused: z.boolean() }),
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
