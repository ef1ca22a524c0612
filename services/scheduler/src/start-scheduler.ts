import { type RunningService, startService } from '@undertone/platform/nest/start-service';
import { loadSettings } from '@undertone/platform/settings/load-settings';
import { database } from '../mikro-orm.config.js';
import { readAdvisory } from './jobs/advisory.js';
import { rebuildable } from './rebuild.js';
import { SchedulerModule } from './scheduler.module.js';
import { readFiring } from './schedules/read-firing.js';
import { schedulerSettings } from './settings.js';

/** Starts the scheduler. @throws {InvalidSettings} */
export function startScheduler(environment: NodeJS.ProcessEnv): Promise<RunningService> {
  return startService({
    name: 'scheduler',
    settings: loadSettings('scheduler', schedulerSettings, environment),
    database,
    rebuildable,
    module: SchedulerModule,
    readers: { ADVISORIES: readAdvisory, SCHEDULES: readFiring },
  });
}
