import { z } from 'zod';
import { id } from '../id.js';
import { text } from '../text.js';

/** What a header can carry (RFC 6749, appendices A.12 and A.17). */
export const providerToken = z
  .string()
  .min(1)
  .max(4096)
  .regex(/^[\x20-\x7e]*$/, 'must be of visible ASCII characters and spaces');

export const tokenSubmission = z
  .strictObject({
    user_id: id,
    access_token: providerToken,
    refresh_token: providerToken,
    /** As a query's number is text: `limit` does the same. */
    expires_in: z.coerce
      .number<number | string>()
      .int()
      .min(1)
      .max(86_400)
      .meta({ description: 'Seconds the access token is still good for.' }),
    scope: text.max(2000).optional().meta({
      description: 'Scopes, separated by spaces; without it, which ones the tokens have is unknown.',
      example: 'user-top-read user-read-recently-played',
    }),
  })
  .meta({ id: 'TokenSubmission' });
export type TokenSubmission = z.output<typeof tokenSubmission>;

/** What may be said of stored tokens: never the tokens. */
export const linkState = z
  .object({
    user_id: id,
    provider: z.literal('spotify'),
    scopes: z
      .array(z.string())
      .nullable()
      .meta({ description: 'Null: unknown, because none were given with the tokens.' }),
    expires_at: z.iso.datetime(),
    stored_at: z.iso.datetime(),
  })
  .meta({ id: 'LinkState' });
export type LinkState = z.output<typeof linkState>;
