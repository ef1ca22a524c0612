import { type RunningService, startService } from '@undertone/platform/nest/start-service';
import { loadSettings } from '@undertone/platform/settings/load-settings';
import { database } from '../mikro-orm.config.js';
import { InsightModule } from './insight.module.js';
import { configuredModels } from './model-settings/configured-models.js';
import { rebuildable } from './rebuild.js';
import { insightSettings } from './settings.js';
import { budgetsToday } from './spending/budgets-today.js';

/** Starts the insight service. @throws {InvalidSettings} */
export async function startInsight(environment: NodeJS.ProcessEnv): Promise<RunningService> {
  const settings = loadSettings('insight', insightSettings, environment);
  return startService({
    name: 'insight',
    settings: { ...settings, models: configuredModels(settings, environment) },
    database,
    rebuildable,
    module: InsightModule,
    budgets: (orm) => budgetsToday(orm, settings),
  });
}
