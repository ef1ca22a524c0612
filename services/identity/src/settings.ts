import { encryptionKeys } from '@undertone/platform/crypto/encryption-keys';
import { serviceSettings } from '@undertone/platform/nest/service-settings';
import { z } from 'zod';

export const identitySettings = z.object({
  ...serviceSettings,
  PORT: serviceSettings.PORT.default(8001),
  /** Wrap the keys of the encrypted columns, and key the fingerprints. */
  FIELD_ENCRYPTION_KEY: encryptionKeys,
});
export type IdentitySettings = z.output<typeof identitySettings>;
