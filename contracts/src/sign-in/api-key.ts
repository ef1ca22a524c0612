import { z } from 'zod';
import { scopes } from '../access/principal.js';
import { id } from '../id.js';
import { text } from '../text.js';

/** What every key begins with, so that scanners of leaked secrets, and people, know one when they see it. */
export const API_KEY_PREFIX = 'utk_';

/** That one person may have at once. */
export const MOST_API_KEYS = 50;

export const apiKeyRequest = z.strictObject({
  name: text.trim().min(1).max(100).meta({ example: 'home automation' }),
  scopes: scopes
    .min(1)
    .default(['read'])
    .meta({ description: 'What it may be used for: `read`, `write`, and `admin` for admins.' }),
  expires_in_days: z
    .int()
    .min(1)
    .max(3_650)
    .nullable()
    .default(90)
    .meta({ description: 'Null: it does not expire.' }),
});
export type ApiKeyRequest = z.output<typeof apiKeyRequest>;

export const apiKey = z
  .object({
    key_id: id,
    name: z.string(),
    scopes,
    created_at: z.iso.datetime(),
    expires_at: z.iso.datetime().nullable(),
    last_used_at: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'To the minute; null: it was never used.' }),
  })
  .meta({ id: 'ApiKey' });
export type ApiKey = z.output<typeof apiKey>;

export const newApiKey = apiKey
  .extend({ key: z.string().meta({ description: 'The key itself. It is shown this once.' }) })
  .meta({ id: 'NewApiKey' });
export type NewApiKey = z.output<typeof newApiKey>;
