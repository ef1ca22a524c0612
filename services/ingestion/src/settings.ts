import { serviceSettings } from '@undertone/platform/nest/service-settings';
import { objectStorageSettings } from '@undertone/platform/settings/s3-address';
import { z } from 'zod';

const MEBIBYTE = 1024 * 1024;

const calls = z.coerce.number().int().min(1).max(1_000_000_000);

export const ingestionSettings = z
  .object({
    ...serviceSettings,
    ...objectStorageSettings,
    PORT: serviceSettings.PORT.default(8003),
    /** `simulator` says that whatever the addresses below give is invented, and marks it so. */
    SPOTIFY_MODE: z.enum(['spotify', 'simulator']),
    SPOTIFY_API_URL: z.url().default('https://api.spotify.com'),
    /** Who gives audio features: Spotify only to apps from before November 2024. */
    AUDIO_FEATURES: z.enum(['reccobeats', 'spotify', 'csv', 'none']).default('reccobeats'),
    /** The file, for `csv`. */
    AUDIO_FEATURES_CSV: z.string().default(''),
    RECCOBEATS_URL: z.url().default('https://api.reccobeats.com'),
    /** The rule that gives a track's mood: docs/measures.md. */
    MOOD_CLASSIFIER: z.enum(['mood-v0', 'mood-v1']).default('mood-v1'),
    /** Milliseconds within which one request to a music provider must be answered. */
    PROVIDER_TIMEOUT_MS: z.coerce.number().int().min(100).max(120_000).default(15_000),
    /**
     * Calls in any 30 seconds and any 24 hours, of all replicas together. Neither provider publishes its limits: these are
     * meant to stay below, and what a 429 says comes first.
     */
    SPOTIFY_CALLS_PER_30_SECONDS: calls.default(90),
    SPOTIFY_CALLS_PER_DAY: calls.default(50_000),
    RECCOBEATS_CALLS_PER_30_SECONDS: calls.default(60),
    RECCOBEATS_CALLS_PER_DAY: calls.default(50_000),
    /** Names the developer account whose calls are counted; another app of the same database has another name. */
    SPOTIFY_ACCOUNT: z
      .string()
      .regex(/^[\w.-]{1,100}$/, 'may have letters, digits and _ . - only')
      .default('default'),
    /** Failures one after another after which a provider is left alone, */
    PROVIDER_FAILURES_TO_PAUSE: z.coerce.number().int().min(1).max(1_000).default(5),
    /** and for how many milliseconds. */
    PROVIDER_PAUSE_MS: z.coerce.number().int().min(100).max(3_600_000).default(30_000),
    /** For so long fetched top lists are not fetched again: a 28th of what a range covers, the shortest a little less than a day. */
    FRESH_HOURS_SHORT_TERM: z.coerce.number().min(0).default(20),
    FRESH_HOURS_MEDIUM_TERM: z.coerce.number().min(0).default(156),
    FRESH_HOURS_LONG_TERM: z.coerce.number().min(0).default(312),
    /** The same for recently played, which one call gives for all ranges. */
    FRESH_MINUTES_PLAYS: z.coerce.number().min(0).default(30),
    /** For so long what is known of a track or an artist is not written again, though lists bring it along. */
    CATALOGUE_FRESH_DAYS: z.coerce.number().min(0).default(7),
    /** After so long a provider of audio features is asked again for a track that it did not know. */
    UNKNOWN_FEATURES_DAYS: z.coerce.number().min(0).default(7),
    /** Bounds of a data export: whatever is beyond them fails its import. */
    IMPORT_MAX_UPLOAD_BYTES: z.coerce
      .number()
      .int()
      .min(1)
      .default(512 * MEBIBYTE),
    IMPORT_MAX_ENTRIES: z.coerce.number().int().min(1).max(1_000).default(300),
    /** Expanded, one file of the archive; Spotify's own have about 12 MB. */
    IMPORT_MAX_ENTRY_BYTES: z.coerce
      .number()
      .int()
      .min(1)
      .default(256 * MEBIBYTE),
    /** Expanded, all files of the archive. */
    IMPORT_MAX_EXPANDED_BYTES: z.coerce
      .number()
      .int()
      .min(1)
      .default(2_048 * MEBIBYTE),
    /** Expanded by compressed; history compresses about 30 times, deflate can do 1,032. */
    IMPORT_MAX_RATIO: z.coerce.number().min(1).default(200),
    IMPORT_MAX_DEPTH: z.coerce.number().int().min(1).default(8),
    /** Listening without a pause for 20 years comes to about 3 million. */
    IMPORT_MAX_ROWS: z.coerce.number().int().min(1).default(3_000_000),
  })
  .refine(({ AUDIO_FEATURES: from, AUDIO_FEATURES_CSV: file }) => from !== 'csv' || file !== '', {
    path: ['AUDIO_FEATURES_CSV'],
    error: 'has to name the file when AUDIO_FEATURES is csv',
  });
export type IngestionSettings = z.output<typeof ingestionSettings>;
export type ImportLimits = Pick<IngestionSettings, Extract<keyof IngestionSettings, `IMPORT_MAX_${string}`>>;
