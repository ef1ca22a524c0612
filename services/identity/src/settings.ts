import { serviceSettings } from '@undertone/platform/nest/service-settings';
import { z } from 'zod';

export const identitySettings = z.object({
  ...serviceSettings,
  PORT: serviceSettings.PORT.default(8001),
  /** Wraps the keys of the encrypted columns, and keys the fingerprints: it can never be exchanged for another. */
  FIELD_ENCRYPTION_KEY: z
    .base64()
    .refine((key) => Buffer.from(key, 'base64').length === 32, 'must be 32 random bytes in base64'),
});
export type IdentitySettings = z.output<typeof identitySettings>;
