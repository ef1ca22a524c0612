import { InvalidSettings } from '@undertone/platform/settings/load-settings';
import { readNamedSecret } from '@undertone/platform/settings/read-setting';
import type { ProviderDefinition } from './provider-definition.js';

/** A provider with the secret of its client, which is never shown or logged. */
export interface ConfiguredProvider extends ProviderDefinition {
  readonly clientSecret: string | undefined;
}

/**
 * The providers of `OIDC_PROVIDERS`, with their clients' secrets from the environment.
 * @throws {InvalidSettings} naming each secret that is missing.
 */
export function configuredProviders(
  definitions: readonly ProviderDefinition[],
  environment: NodeJS.ProcessEnv,
): ConfiguredProvider[] {
  const problems: string[] = [];
  const configured = definitions.map((definition) => {
    const { id, client_secret_env: name } = definition;
    const why = `provider ${id} of OIDC_PROVIDERS takes its secret from it`;
    const clientSecret = name ? readNamedSecret(environment, name, problems, why) : undefined;
    return { ...definition, clientSecret };
  });
  if (problems.length > 0) throw new InvalidSettings('identity', problems);
  return configured;
}
