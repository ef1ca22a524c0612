import { type RunningService, startService } from '@undertone/platform/nest/start-service';
import { loadSettings } from '@undertone/platform/settings/load-settings';
import { database } from '../mikro-orm.config.js';
import { CLOCK, type Clock, machineClock } from './clock.js';
import { IngestionModule } from './ingestion.module.js';
import { rebuildable } from './rebuild.js';
import { ingestionSettings } from './settings.js';

/** Starts the ingestion service. @throws {InvalidSettings} */
export function startIngestion(
  environment: NodeJS.ProcessEnv,
  clock: Clock = machineClock,
): Promise<RunningService> {
  return startService({
    name: 'ingestion',
    settings: loadSettings('ingestion', ingestionSettings, environment),
    database,
    objects: true,
    rebuildable,
    module: { module: IngestionModule, providers: [{ provide: CLOCK, useValue: clock }] },
  });
}
