import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { ScheduleName } from '@undertone/contracts/schedules/schedule';
import { waitForJetStream } from '@undertone/platform/event-store/wait-for-jetstream';
import type { Logger } from '@undertone/platform/logging/logger';
import { LOGGER, SETTINGS } from '@undertone/platform/nest/tokens';
import { InvalidSettings } from '@undertone/platform/settings/load-settings';
import type { SchedulerSettings } from '../settings.js';
import { ScheduleChanged, ScheduleLog, ScheduleRefused } from './schedule-log.js';
import { scheduleNames, settingOf } from './schedules.js';

/**
 * Brings the definitions in the log to the settings when the service starts. Where they agree nothing is written; a
 * paused schedule stays paused; of replicas that start at once, one writes.
 */
@Injectable()
export class DeclareSchedules implements OnApplicationBootstrap {
  constructor(
    @Inject(ScheduleLog) private readonly scheduleLog: ScheduleLog,
    @Inject(SETTINGS) private readonly settings: SchedulerSettings,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** @throws {InvalidSettings} the server does not take an expression or the time zone. */
  async onApplicationBootstrap(): Promise<void> {
    for (const name of scheduleNames) await waitForJetStream(this.log, () => this.declare(name));
  }

  private async declare(name: ScheduleName): Promise<void> {
    const setting = settingOf[name];
    const { [setting]: cron, SCHEDULE_TIME_ZONE: time_zone } = this.settings;
    const present = await this.scheduleLog.definition(name);
    if (cron === 'off') {
      if (!present) return;
      await this.scheduleLog.remove(name);
      return this.log.info({ schedule: name }, 'schedule switched off');
    }
    if (present?.definition.cron === cron && present.definition.time_zone === time_zone) return;
    const paused = present?.definition.paused ?? false;
    try {
      await this.scheduleLog.define({ name, cron, time_zone, paused }, present?.sequence ?? 0);
      this.log.info({ schedule: name, cron, time_zone, paused }, 'schedule defined');
    } catch (error) {
      if (error instanceof ScheduleChanged) return this.declare(name);
      if (!(error instanceof ScheduleRefused)) throw error;
      const wrong = error.part === 'cron' ? setting : 'SCHEDULE_TIME_ZONE';
      throw new InvalidSettings('scheduler', [`${wrong}: ${error.message}`]);
    }
  }
}
