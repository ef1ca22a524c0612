import { createHmac } from 'node:crypto';
import { z } from 'zod';

/** `whsec_` and 24 to 64 bytes in base64, as Standard Webhooks writes secrets; gives the bytes. */
export const webhookSecret = z
  .string()
  .regex(/^whsec_[A-Za-z0-9+/]+={0,2}$/, 'has to be whsec_ and base64')
  .transform((text) => Buffer.from(text.slice('whsec_'.length), 'base64'))
  .refine(({ length }) => length >= 24 && length <= 64, 'has to be of 24 to 64 bytes');

/**
 * The headers that a webhook is told with: who gets it makes the same signature of the id, the time and the body as they came, and
 * refuses what is old or was there before. Source: Standard Webhooks, "Webhook headers (sending metadata to consumers)" and
 * "Signature scheme", symmetric `v1`.
 * @param sentAt of this try.
 */
export function signedHeaders(
  secret: Buffer,
  { id, sentAt, body }: { id: string; sentAt: Date; body: string },
): Record<string, string> {
  const seconds = Math.floor(sentAt.getTime() / 1_000);
  const signature = createHmac('sha256', secret).update(`${id}.${seconds}.${body}`).digest('base64');
  return {
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': `v1,${signature}`,
  };
}
