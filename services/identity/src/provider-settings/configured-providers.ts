import { readFileSync } from 'node:fs';
import { InvalidSettings } from '@undertone/platform/settings/load-settings';
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
  const configured = definitions.map((definition) => ({
    ...definition,
    clientSecret: secretOf(definition, environment, problems),
  }));
  if (problems.length > 0) throw new InvalidSettings('identity', problems);
  return configured;
}

function secretOf(
  { id, client_secret_env: name }: ProviderDefinition,
  environment: NodeJS.ProcessEnv,
  problems: string[],
): string | undefined {
  if (!name) return undefined;
  if (environment[name]) return environment[name];
  const file = environment[`${name}_FILE`];
  if (!file) problems.push(`${name}: not set, and provider ${id} of OIDC_PROVIDERS takes its secret from it`);
  else {
    try {
      return readFileSync(file, 'utf8').trim();
    } catch (error) {
      problems.push(`${name}_FILE: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return undefined;
}
