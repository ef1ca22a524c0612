import { type RunningService, startService } from '@undertone/platform/nest/start-service';
import { loadSettings } from '@undertone/platform/settings/load-settings';
import { database } from '../mikro-orm.config.js';
import { IdentityModule } from './identity.module.js';
import { identitySettings } from './settings.js';

/** Starts the identity service. @throws {InvalidSettings} */
export function startIdentity(environment: NodeJS.ProcessEnv): Promise<RunningService> {
  return startService({
    name: 'identity',
    settings: loadSettings('identity', identitySettings, environment),
    database,
    module: IdentityModule,
  });
}
