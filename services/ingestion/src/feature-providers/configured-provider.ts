import type { Provider } from '@nestjs/common';
import { SETTINGS } from '@undertone/platform/nest/tokens';
import { FEATURES_PROVIDER, type FeaturesProvider } from '../audio-features/features-provider.js';
import type { ProviderGate } from '../provider-calls/provider-gate.js';
import { RECCOBEATS_GATE } from '../provider-calls/provider-gates.js';
import type { IngestionSettings } from '../settings.js';
import { SpotifyClient } from '../spotify/spotify-client.js';
import { csvFeatures } from './csv-features.js';
import { reccoBeatsFeatures } from './reccobeats-features.js';
import { spotifyFeatures } from './spotify-features.js';

export const configuredProvider: Provider = {
  provide: FEATURES_PROVIDER,
  inject: [SETTINGS, SpotifyClient, RECCOBEATS_GATE],
  useFactory: async (
    settings: IngestionSettings,
    spotify: SpotifyClient,
    reccoBeats: ProviderGate,
  ): Promise<FeaturesProvider | null> => {
    switch (settings.AUDIO_FEATURES) {
      case 'reccobeats':
        return reccoBeatsFeatures(settings, reccoBeats);
      case 'spotify':
        return spotifyFeatures(spotify);
      case 'csv':
        return csvFeatures(settings.AUDIO_FEATURES_CSV);
      case 'none':
        return null;
      default:
        return settings.AUDIO_FEATURES satisfies never;
    }
  },
};
