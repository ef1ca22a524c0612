import { encryptionKeys } from '@undertone/platform/crypto/encryption-keys';
import { serviceSettings } from '@undertone/platform/nest/service-settings';
import { outboundAllowed } from '@undertone/platform/settings/outbound-allowed';
import { publicUrl } from '@undertone/platform/settings/public-url';
import { objectStorageSettings } from '@undertone/platform/settings/s3-address';
import { z } from 'zod';
import { providerDefinitions } from './provider-settings/provider-definition.js';

const SPOTIFY_ACCOUNTS = 'https://accounts.spotify.com';
const SPOTIFY_API = 'https://api.spotify.com';

export const identitySettings = z
  .object({
    ...serviceSettings,
    ...objectStorageSettings,
    PORT: serviceSettings.PORT.default(8001),
    /** Wrap the keys of the encrypted columns, and key the fingerprints. */
    FIELD_ENCRYPTION_KEY: encryptionKeys,
    PUBLIC_URL: publicUrl,
    /** Who may register where people sign in: everybody, whoever has an invitation, or nobody. */
    REGISTRATION: z.enum(['open', 'invitation', 'closed']).default('invitation'),
    /** Days after which a session ends that was not used. */
    SESSION_IDLE_DAYS: z.coerce.number().int().min(1).max(400).default(30),
    /** Days after which a session ends however it was used. */
    SESSION_MAX_DAYS: z.coerce.number().int().min(1).max(400).default(180),
    /** Minutes for which signing in is proof enough to add a way to sign in, or a key, and to take one away. */
    FRESH_SIGN_IN_MINUTES: z.coerce.number().int().min(1).max(1_440).default(15),
    /**
     * Seconds after which an erasure looks for what was written while it ran: longer than the minute for which the gateway remembers
     * that a person exists.
     */
    ERASURE_SETTLE_SECONDS: z.coerce.number().min(1).max(86_400).default(90),
    /** A file, kept apart from the data, that each erasure adds a line to; absent: only the database has the list. */
    ERASURE_LIST: z.string().min(1).optional(),
    /** Hours for which the link of an export is good; then its archive is deleted. */
    EXPORT_LINK_HOURS: z.coerce.number().int().min(1).max(720).default(24),
    /** Days after which access tokens are signed with another key. */
    SIGNING_KEY_DAYS: z.coerce.number().int().min(1).max(400).default(30),
    /** OpenID providers that people sign in with, as JSON. */
    OIDC_PROVIDERS: providerDefinitions.default([]),
    /** What a provider may name besides public addresses, as `host:port`; its issuer's is allowed as it is. */
    OUTBOUND_ALLOWED: outboundAllowed,
    /** Whether people sign in with Spotify or with the simulator, which lets everybody be anybody. */
    SPOTIFY_MODE: z.enum(['spotify', 'simulator']).default('spotify'),
    SPOTIFY_ACCOUNTS_URL: z.url({ protocol: /^https?$/ }).default(SPOTIFY_ACCOUNTS),
    SPOTIFY_API_URL: z.url({ protocol: /^https?$/ }).default(SPOTIFY_API),
    /** The Spotify app; without it nobody signs in with Spotify itself. */
    SPOTIFY_CLIENT_ID: z.string().optional(),
    SPOTIFY_CLIENT_SECRET: z.string().optional(),
    /** How long a provider may take for each of up to four answers, while a person waits. */
    SIGN_IN_PROVIDER_TIMEOUT_SECONDS: z.coerce.number().positive().max(4).default(4),
    /** The server that sends mail, `smtps://USER:PASSWORD@HOST:PORT`; absent: none is sent. */
    SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
    /** Whom mail is from. */
    SMTP_FROM: z.email().optional(),
  })
  .superRefine(({ SMTP_URL, SMTP_FROM }, context) => {
    if ((SMTP_URL === undefined) === (SMTP_FROM === undefined)) return;
    const path = SMTP_URL === undefined ? 'SMTP_URL' : 'SMTP_FROM';
    context.addIssue({
      code: 'custom',
      path: [path],
      message: 'is needed, too: SMTP_URL and SMTP_FROM go together',
    });
  });
export type IdentitySettings = z.output<typeof identitySettings>;
