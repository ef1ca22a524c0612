import { type RunningService, startService } from '@undertone/platform/nest/start-service';
import { loadSettings } from '@undertone/platform/settings/load-settings';
import { database } from '../mikro-orm.config.js';
import { InsightModule } from './insight.module.js';
import { rebuildable } from './rebuild.js';
import { insightSettings } from './settings.js';

/** Starts the insight service. @throws {InvalidSettings} */
export function startInsight(environment: NodeJS.ProcessEnv): Promise<RunningService> {
  return startService({
    name: 'insight',
    settings: loadSettings('insight', insightSettings, environment),
    database,
    rebuildable,
    module: InsightModule,
  });
}
