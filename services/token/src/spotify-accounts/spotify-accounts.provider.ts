import type { FactoryProvider } from '@nestjs/common';
import { SETTINGS } from '@undertone/platform/nest/tokens';
import type { TokenSettings } from '../settings.js';
import { SpotifyAccounts } from './spotify-accounts.js';

/** The simulator asks for a client, as Spotify does, and takes any. */
const SIMULATED_CLIENT = 'undertone';

export const spotifyAccounts: FactoryProvider<SpotifyAccounts> = {
  provide: SpotifyAccounts,
  inject: [SETTINGS],
  useFactory: (settings: TokenSettings) =>
    new SpotifyAccounts({
      url: settings.SPOTIFY_ACCOUNTS_URL,
      mode: settings.SPOTIFY_MODE,
      clientId:
        settings.SPOTIFY_CLIENT_ID ?? (settings.SPOTIFY_MODE === 'simulator' ? SIMULATED_CLIENT : undefined),
      clientSecret: settings.SPOTIFY_CLIENT_SECRET,
      timeoutMs: settings.SPOTIFY_TIMEOUT_SECONDS * 1000,
    }),
};
