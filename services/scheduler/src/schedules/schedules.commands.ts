import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import {
  listSchedules,
  pauseSchedule,
  type Schedule,
  type ScheduleName,
} from '@undertone/contracts/schedules/schedule';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { nextDue } from '../cron.js';
import { ScheduleChanged, ScheduleLog } from './schedule-log.js';
import { runOf, scheduleNames } from './schedules.js';

/** What operators ask of schedules. */
@Controller()
export class ScheduleCommands {
  constructor(@Inject(ScheduleLog) private readonly scheduleLog: ScheduleLog) {}

  @Answers(listSchedules)
  async list(): Promise<{ schedules: Schedule[] }> {
    return { schedules: await Promise.all(scheduleNames.map((name) => this.shown(name))) };
  }

  @Answers(pauseSchedule)
  async pause(
    @Payload(asked(pauseSchedule)) { name, paused }: { name: ScheduleName; paused: boolean },
  ): Promise<Schedule> {
    const present = await this.scheduleLog.definition(name);
    if (!present) throw new Refused('SCHEDULE_OFF', `${name} is switched off by the settings`);
    if (present.definition.paused === paused) return this.shown(name);
    try {
      await this.scheduleLog.define({ ...present.definition, paused }, present.sequence);
    } catch (error) {
      if (!(error instanceof ScheduleChanged)) throw error;
      return this.pause({ name, paused });
    }
    return this.shown(name);
  }

  private async shown(name: ScheduleName): Promise<Schedule> {
    const [present, fired] = await Promise.all([
      this.scheduleLog.definition(name),
      this.scheduleLog.lastFiring(name),
    ]);
    const definition = present?.definition;
    const isOn = definition?.paused === false;
    return {
      name,
      status: definition ? (definition.paused ? 'paused' : 'on') : 'off',
      cron: definition?.cron ?? null,
      time_zone: definition?.time_zone ?? null,
      next_at: (isOn && nextDue(definition, new Date())?.toISOString()) || null,
      last_fired_at: fired?.at.toISOString() ?? null,
      last_task_id: fired ? runOf(fired.definition, fired.at).jobId : null,
    };
  }
}
