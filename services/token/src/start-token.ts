import { type RunningService, startService } from '@undertone/platform/nest/start-service';
import { loadSettings } from '@undertone/platform/settings/load-settings';
import { database } from '../mikro-orm.config.js';
import { tokenSettings } from './settings.js';
import { TokenModule } from './token.module.js';

/** Starts the token service. @throws {InvalidSettings} */
export function startToken(environment: NodeJS.ProcessEnv): Promise<RunningService> {
  return startService({
    name: 'token',
    settings: loadSettings('token', tokenSettings, environment),
    database,
    module: TokenModule,
  });
}
