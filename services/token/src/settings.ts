import { encryptionKeys } from '@undertone/platform/crypto/encryption-keys';
import { serviceSettings } from '@undertone/platform/nest/service-settings';
import { z } from 'zod';

const SPOTIFY_ACCOUNTS = 'https://accounts.spotify.com';

export const tokenSettings = z
  .object({
    ...serviceSettings,
    PORT: serviceSettings.PORT.default(8002),
    /** Wrap the keys of the vault's columns. */
    FIELD_ENCRYPTION_KEY: encryptionKeys,
    /** Whether tokens are refreshed at Spotify or at the simulator; each is refused where the other is meant. */
    SPOTIFY_MODE: z.enum(['spotify', 'simulator']),
    SPOTIFY_ACCOUNTS_URL: z.url({ protocol: /^https?$/ }).default(SPOTIFY_ACCOUNTS),
    /** The Spotify app; without it stored tokens are good until they end, and cannot be refreshed. */
    SPOTIFY_CLIENT_ID: z.string().optional(),
    SPOTIFY_CLIENT_SECRET: z.string().optional(),
    /** How long the trail of uses is kept: who was handed a token, when, and for what. */
    TOKEN_USE_DAYS: z.coerce.number().int().min(1).max(3_650).default(90),
    /** How long a refresh may take: whoever asks for a token waits 15 s. */
    SPOTIFY_TIMEOUT_SECONDS: z.coerce.number().positive().max(12).default(10),
  })
  .refine(
    ({ SPOTIFY_MODE: mode, SPOTIFY_ACCOUNTS_URL: url }) =>
      mode !== 'simulator' || new URL(url).hostname !== new URL(SPOTIFY_ACCOUNTS).hostname,
    {
      path: ['SPOTIFY_ACCOUNTS_URL'],
      message: 'must be the address of the simulator where SPOTIFY_MODE is simulator',
    },
  );
export type TokenSettings = z.output<typeof tokenSettings>;
