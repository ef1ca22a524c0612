import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { ScheduleName } from '@undertone/contracts/schedules/schedule';
import { waitForJetStream } from '@undertone/platform/event-store/wait-for-jetstream';
import type { Logger } from '@undertone/platform/logging/logger';
import { LOGGER, SETTINGS } from '@undertone/platform/nest/tokens';
import { InvalidSettings } from '@undertone/platform/settings/load-settings';
import type { SchedulerSettings } from '../settings.js';
import { ScheduleLog, ScheduleRefused } from './schedule-log.js';
import { broughtToSettings, saidBySettings, scheduleNames, settingOf } from './schedules.js';

/**
 * Brings the definitions in the log to the settings when the service starts. Where they agree, or an operator said when and
 * they have not changed since, nothing is written; a paused schedule stays paused; of replicas that start at once, one writes.
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
    const settings = saidBySettings(this.settings, name);
    let written = false;
    try {
      const definition = await this.scheduleLog.change(name, (present) => {
        const next = broughtToSettings(name, settings, present);
        written = next !== present;
        return next;
      });
      if (!written) return;
      this.log.info(
        { schedule: name, ...definition },
        definition ? 'schedule defined' : 'schedule switched off',
      );
    } catch (error) {
      if (!(error instanceof ScheduleRefused)) throw error;
      const wrong = error.part === 'cron' ? settingOf[name] : 'SCHEDULE_TIME_ZONE';
      throw new InvalidSettings('scheduler', [`${wrong}: ${error.message}`]);
    }
  }
}
