import { z } from 'zod';

const key = z.base64().refine((text) => Buffer.from(text, 'base64').length === 32);

/**
 * `FIELD_ENCRYPTION_KEY`: one key, or several separated by commas, newest first. The first encrypts, all decrypt. No
 * message repeats a key.
 */
export const encryptionKeys = z.string().transform((list, context) => {
  const keys = list.split(',').map((text) => text.trim());
  for (const [at, text] of keys.entries()) {
    const name = keys.length === 1 ? '' : `key ${at + 1} of ${keys.length} `;
    if (!key.safeParse(text).success) context.addIssue(`${name}must be 32 random bytes in base64`);
    else if (keys.indexOf(text) < at) context.addIssue(`${name}stands there twice`);
  }
  return keys.join(',');
});
