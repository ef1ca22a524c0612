import { type ConnectionOptions, nkeyAuthenticator } from '@nats-io/transport-node';

/** How an installation's credentials are made; it has no types of its own that cross the workspace. */
interface Access {
  readonly SERVICES: readonly string[];
  readonly OPERATOR: string;
  readonly NATS_API_PREFIX: string;
  makeSeed(): string;
  natsUsers(): string;
  natsKeys(seeds: Readonly<Record<string, string>>): string;
}

const access = (): Promise<Access> =>
  import(new URL('../../../deploy/access.mjs', import.meta.url).href) as Promise<Access>;

/** What a server is given beside its own configuration. */
export interface Extra {
  /** By name. */
  readonly files?: Readonly<Record<string, string>>;
  /** More lines of its configuration; told where the files are. */
  readonly configuration?: (folder: string) => string;
}

/** The keys of everyone who uses a NATS server of the tests, and what that is told of them. */
export interface NatsCredentials {
  /** Who a service is; whoever is none is the operator, who may do anything. */
  settingsOf(service: string): { readonly NATS_NKEY: string; readonly NATS_API_PREFIX?: string };
  readonly extra: Extra;
}

let made: Promise<NatsCredentials> | undefined;

/** The same ones for every server of a process. */
export function natsCredentials(): Promise<NatsCredentials> {
  made ??= makeCredentials();
  return made;
}

async function makeCredentials(): Promise<NatsCredentials> {
  const { SERVICES, OPERATOR, NATS_API_PREFIX, makeSeed, natsUsers, natsKeys } = await access();
  const seeds = Object.fromEntries([...SERVICES, OPERATOR].map((name) => [name, makeSeed()]));
  return {
    settingsOf: (service) => ({
      NATS_NKEY: seeds[service] ?? seeds[OPERATOR] ?? '',
      ...(seeds[service] && service !== OPERATOR && { NATS_API_PREFIX }),
    }),
    extra: {
      files: { 'users.conf': natsUsers(), 'keys.conf': natsKeys(seeds) },
      configuration: () => 'include "users.conf"',
    },
  };
}

/** What a connection says of itself: with a secret it is who has that. */
export const withSeed = (seed: string): Pick<ConnectionOptions, 'authenticator'> => ({
  authenticator: nkeyAuthenticator(new TextEncoder().encode(seed)),
});
