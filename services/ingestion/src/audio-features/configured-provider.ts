import type { Provider } from '@nestjs/common';
import { SETTINGS } from '@undertone/platform/nest/tokens';
import type { IngestionSettings } from '../settings.js';
import { SpotifyClient } from '../spotify/spotify-client.js';
import type { FeaturesProvider } from './features-provider.js';
import { reccoBeatsFeatures } from './reccobeats-features.js';
import { spotifyFeatures } from './spotify-features.js';

/** Injection token of the provider that the settings name; `null` when they name none. */
export const FEATURES_PROVIDER = Symbol('features provider');

export const configuredProvider: Provider = {
  provide: FEATURES_PROVIDER,
  inject: [SETTINGS, SpotifyClient],
  useFactory: (settings: IngestionSettings, spotify: SpotifyClient): FeaturesProvider | null => {
    switch (settings.AUDIO_FEATURES) {
      case 'reccobeats':
        return reccoBeatsFeatures(settings);
      case 'spotify':
        return spotifyFeatures(spotify);
      case 'none':
        return null;
      default:
        return settings.AUDIO_FEATURES satisfies never;
    }
  },
};
