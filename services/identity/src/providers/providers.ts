import type { FactoryProvider } from '@nestjs/common';
import { SETTINGS } from '@undertone/platform/nest/tokens';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { isLoopback } from '@undertone/platform/settings/loopback';
import type { ConfiguredProvider } from '../provider-settings/configured-providers.js';
import { SPOTIFY } from '../provider-settings/provider-definition.js';
import type { IdentitySettings } from '../settings.js';
import { OpenIdProvider } from './openid-provider.js';
import type { Provider } from './provider.js';
import type { CallOptions } from './provider-calls.js';
import { SpotifyProvider } from './spotify-provider.js';

/** The simulator asks for a client, as Spotify does, and takes any. */
const SIMULATED_CLIENT = 'undertone';

/** The sites that people sign in with here. */
export class Providers {
  constructor(
    private readonly all: ReadonlyMap<string, Provider>,
    private readonly publicUrl: string,
  ) {}

  has(name: string): boolean {
    return this.all.has(name);
  }

  /** @throws {Refused} `PROVIDER_NOT_CONFIGURED` or `PROVIDER_UNKNOWN`. */
  named(name: string): Provider {
    const provider = this.all.get(name);
    if (provider) return provider;
    if (name === SPOTIFY) {
      throw new Refused(
        'PROVIDER_NOT_CONFIGURED',
        'signing in with Spotify takes a Spotify app: set SPOTIFY_CLIENT_ID. The simulator signs people in only where PUBLIC_URL is a loopback address',
      );
    }
    throw new Refused(
      'PROVIDER_UNKNOWN',
      'there is no such provider: OIDC_PROVIDERS lists those that there are',
    );
  }

  /** Where the provider sends browsers back to: to the letter what it has to know. */
  redirectUri(name: string): string {
    const path = name === SPOTIFY ? SPOTIFY : `oidc/${name}`;
    return `${this.publicUrl}/api/auth/${path}/callback`;
  }
}

export const providers: FactoryProvider<Providers> = {
  provide: Providers,
  inject: [SETTINGS],
  useFactory: (settings: IdentitySettings & { readonly providers: readonly ConfiguredProvider[] }) => {
    const calls: CallOptions = {
      timeoutMs: settings.SIGN_IN_PROVIDER_TIMEOUT_SECONDS * 1000,
      allowed: settings.OUTBOUND_ALLOWED,
    };
    const all = new Map<string, Provider>(
      settings.providers.map((one) => [one.id, new OpenIdProvider(one, calls)]),
    );
    const spotify = spotifyOf(settings, calls);
    if (spotify) all.set(SPOTIFY, spotify);
    return new Providers(all, settings.PUBLIC_URL);
  },
};

/** The simulator lets everybody be anybody, so an installation that others can reach does not believe it. */
function spotifyOf(settings: IdentitySettings, calls: CallOptions): Provider | undefined {
  const { SPOTIFY_MODE: mode, PUBLIC_URL } = settings;
  const isOwnMachine = isLoopback(new URL(PUBLIC_URL).hostname);
  const clientId =
    settings.SPOTIFY_CLIENT_ID ?? (mode === 'simulator' && isOwnMachine ? SIMULATED_CLIENT : undefined);
  if (clientId === undefined || (mode === 'simulator' && !isOwnMachine)) return undefined;
  return new SpotifyProvider({
    mode,
    accountsUrl: settings.SPOTIFY_ACCOUNTS_URL,
    apiUrl: settings.SPOTIFY_API_URL,
    clientId,
    clientSecret: settings.SPOTIFY_CLIENT_SECRET,
    calls,
  });
}
