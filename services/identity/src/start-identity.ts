import { type RunningService, startService } from '@undertone/platform/nest/start-service';
import { loadSettings } from '@undertone/platform/settings/load-settings';
import { database } from '../mikro-orm.config.js';
import { IdentityModule } from './identity.module.js';
import { configuredProviders } from './provider-settings/configured-providers.js';
import { rebuildable } from './rebuild.js';
import { identitySettings } from './settings.js';

/** Starts the identity service. @throws {InvalidSettings} */
export async function startIdentity(environment: NodeJS.ProcessEnv): Promise<RunningService> {
  const settings = loadSettings('identity', identitySettings, environment);
  return startService({
    name: 'identity',
    settings: { ...settings, providers: configuredProviders(settings.OIDC_PROVIDERS, environment) },
    database,
    objects: true,
    rebuildable,
    module: IdentityModule,
  });
}
