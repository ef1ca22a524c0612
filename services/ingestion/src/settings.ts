import { serviceSettings } from '@undertone/platform/nest/service-settings';
import { z } from 'zod';

export const ingestionSettings = z.object({
  ...serviceSettings,
  PORT: serviceSettings.PORT.default(8003),
  /** `simulator` says that whatever the addresses below give is invented, and marks it so. */
  SPOTIFY_MODE: z.enum(['spotify', 'simulator']),
  SPOTIFY_API_URL: z.url().default('https://api.spotify.com'),
  /** Who gives audio features: Spotify only to apps from before November 2024. */
  AUDIO_FEATURES: z.enum(['reccobeats', 'spotify', 'none']).default('reccobeats'),
  RECCOBEATS_URL: z.url().default('https://api.reccobeats.com'),
  /** Milliseconds within which one request to a music provider must be answered. */
  PROVIDER_TIMEOUT_MS: z.coerce.number().int().min(100).max(120_000).default(15_000),
});
export type IngestionSettings = z.output<typeof ingestionSettings>;
