import { encryptionKeys } from '@undertone/platform/crypto/encryption-keys';
import { serviceSettings } from '@undertone/platform/nest/service-settings';
import { publicUrl } from '@undertone/platform/settings/public-url';
import { z } from 'zod';

export const identitySettings = z
  .object({
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
