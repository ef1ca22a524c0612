import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { Task } from '@undertone/contracts/jobs/task';
import {
  changeSchedule,
  listSchedules,
  pauseSchedule,
  pauseSchedules,
  resetSchedule,
  type Schedule,
  type ScheduleName,
} from '@undertone/contracts/schedules/schedule';
import type { ScheduleDefinition } from '@undertone/contracts/schedules/schedule-defined';
import { streams } from '@undertone/contracts/streams';
import { anyJobFilter } from '@undertone/contracts/subjects';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { evolveTask } from '@undertone/platform/jobs/task';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { SETTINGS } from '@undertone/platform/nest/tokens';
import { Refused, wrongField } from '@undertone/platform/rpc/rpc-client';
import { cronFault, nextDue } from '../cron.js';
import type { SchedulerSettings } from '../settings.js';
import { type Recorded, ScheduleLog, ScheduleRefused } from './schedule-log.js';
import { asOperatorSays, asSettingsSay, runOf, saidBySettings, scheduleNames } from './schedules.js';

/** What operators ask of schedules. */
@Controller()
export class ScheduleCommands {
  constructor(
    @Inject(ScheduleLog) private readonly scheduleLog: ScheduleLog,
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(SETTINGS) private readonly settings: SchedulerSettings,
  ) {}

  @Answers(listSchedules)
  async list(): Promise<{ schedules: Schedule[] }> {
    return { schedules: await Promise.all(scheduleNames.map((name) => this.shown(name))) };
  }

  @Answers(changeSchedule)
  async change(
    @Payload(asked(changeSchedule))
    change: { name: ScheduleName; cron?: string | undefined; time_zone?: string | undefined },
  ): Promise<Schedule> {
    const { name } = change;
    const fault = change.cron !== undefined && cronFault(change.cron);
    if (fault) throw wrongField('cron', fault);
    if (change.cron === undefined && change.time_zone === undefined) {
      throw wrongField('cron', 'is missing, and so is time_zone: say at least one of them');
    }
    const settings = saidBySettings(this.settings, name);
    return this.write(name, (present) => {
      const cron = change.cron ?? present?.cron;
      if (cron === undefined) throw isOff(name, 'say cron too');
      const time_zone = change.time_zone ?? present?.time_zone ?? settings.time_zone;
      return asOperatorSays(name, { cron, time_zone }, settings, present);
    });
  }

  @Answers(resetSchedule)
  reset(@Payload(asked(resetSchedule)) { name }: { name: ScheduleName }): Promise<Schedule> {
    const settings = saidBySettings(this.settings, name);
    return this.write(name, (present) => asSettingsSay(name, settings, present));
  }

  @Answers(pauseSchedule)
  pause(
    @Payload(asked(pauseSchedule)) { name, paused }: { name: ScheduleName; paused: boolean },
  ): Promise<Schedule> {
    return this.write(name, (present) => {
      if (!present) throw isOff(name, `there is nothing to ${paused ? 'pause' : 'resume'}`);
      return present.paused === paused ? present : { ...present, paused };
    });
  }

  @Answers(pauseSchedules)
  async pauseAll(
    @Payload(asked(pauseSchedules)) { paused }: { paused: boolean },
  ): Promise<{ schedules: Schedule[] }> {
    const schedules: Schedule[] = [];
    for (const name of scheduleNames) {
      const all = await this.write(name, (present) =>
        present && present.paused !== paused ? { ...present, paused } : present,
      );
      schedules.push(all);
    }
    return { schedules };
  }

  private async write(
    name: ScheduleName,
    decide: (present: ScheduleDefinition | undefined) => ScheduleDefinition | undefined,
  ): Promise<Schedule> {
    try {
      await this.scheduleLog.change(name, decide);
    } catch (error) {
      if (!(error instanceof ScheduleRefused)) throw error;
      throw wrongField(error.part === 'cron' ? 'cron' : 'time_zone', error.message);
    }
    return this.shown(name);
  }

  private async shown(name: ScheduleName): Promise<Schedule> {
    const [present, fired] = await Promise.all([
      this.scheduleLog.definition(name),
      this.scheduleLog.lastFiring(name),
    ]);
    const run = fired && (await this.run(fired));
    const definition = present?.definition;
    const isOn = definition?.paused === false;
    return {
      name,
      status: definition ? (definition.paused ? 'paused' : 'on') : 'off',
      cron: definition?.cron ?? null,
      time_zone: definition?.time_zone ?? null,
      said_by: definition?.of_settings ? 'operator' : 'settings',
      next_at: (isOn && nextDue(definition, new Date())?.toISOString()) || null,
      last_fired_at: fired?.at.toISOString() ?? null,
      last_task_id: run?.jobId ?? null,
      last_status: run?.task?.status ?? null,
      last_result: run?.task?.result ?? null,
    };
  }

  /** What became of the job that a firing requested, as far as the log tells. */
  private async run(fired: Recorded): Promise<{ jobId: string; task: Task | undefined }> {
    const { jobId } = runOf(fired.definition, fired.at);
    const last = await this.store.last(streams.JOBS.name, anyJobFilter(jobId));
    return { jobId, task: last && evolveTask(undefined, last)?.task };
  }
}

const isOff = (name: ScheduleName, what: string): Refused =>
  new Refused('SCHEDULE_OFF', `${name} is switched off by the settings: ${what}`);
