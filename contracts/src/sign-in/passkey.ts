import { z } from 'zod';
import { id } from '../id.js';
import { text } from '../text.js';

/** That one person may have at once. */
export const MOST_PASSKEYS = 20;

export const passkeyName = text.trim().min(1).max(100).meta({ example: 'phone' });

export const passkey = z
  .object({
    passkey_id: id,
    name: z.string(),
    created_at: z.iso.datetime(),
    last_used_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Passkey' });
export type Passkey = z.output<typeof passkey>;

/** What a browser's WebAuthn API is called with, as `parseCreationOptionsFromJSON` and `parseRequestOptionsFromJSON` take it. */
export const passkeyOptions = z.looseObject({ challenge: z.string() }).meta({
  id: 'PasskeyOptions',
  description: 'For `navigator.credentials`, as JSON (WebAuthn Level 3, section 5.1).',
});
export type PasskeyOptions = z.output<typeof passkeyOptions>;

const bytes = (longest: number) => z.base64url().min(1).max(longest);
const credentialId = bytes(1_366);
const common = {
  id: credentialId,
  rawId: credentialId,
  type: z.literal('public-key'),
  authenticatorAttachment: z.enum(['platform', 'cross-platform']).nullish(),
  clientExtensionResults: z.looseObject({}),
};

/** What a browser made: a new passkey. */
export const newPasskeyResponse = z
  .looseObject({
    ...common,
    response: z.looseObject({
      clientDataJSON: bytes(10_000),
      attestationObject: bytes(30_000),
      transports: z.array(z.string().max(20)).max(10).optional(),
    }),
  })
  .meta({ id: 'NewPasskeyResponse' });
export type NewPasskeyResponse = z.output<typeof newPasskeyResponse>;

/** What a browser signed: that the passkey is there, and its owner. */
export const passkeyResponse = z
  .looseObject({
    ...common,
    response: z.looseObject({
      clientDataJSON: bytes(10_000),
      authenticatorData: bytes(10_000),
      signature: bytes(10_000),
      userHandle: bytes(200).nullish(),
    }),
  })
  .meta({ id: 'PasskeyResponse' });
export type PasskeyResponse = z.output<typeof passkeyResponse>;
