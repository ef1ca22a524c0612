import { encryptionKeys } from '@undertone/platform/crypto/encryption-keys';
import { serviceSettings } from '@undertone/platform/nest/service-settings';
import { publicUrl } from '@undertone/platform/settings/public-url';
import { z } from 'zod';

export const identitySettings = z.object({
  ...serviceSettings,
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
  /** Days after which access tokens are signed with another key. */
  SIGNING_KEY_DAYS: z.coerce.number().int().min(1).max(400).default(30),
});
export type IdentitySettings = z.output<typeof identitySettings>;
