import { z } from 'zod';

const hostAndPort = z
  .string()
  .regex(/^(\[[0-9a-f:.]+\]|[^\s:/[\]]+):\d{1,5}$/i, 'is to be host:port, such as ollama.lan:11434');

/** What may be called on somebody's word although it is not public, as `host:port`, separated by commas (`guardedFetch`). */
export const outboundAllowed = z
  .string()
  .default('')
  .transform((text) => text.split(',').flatMap((one) => one.trim() || []))
  .pipe(z.array(hostAndPort));

/** A URL's `host:port`, with the port that its scheme stands for. */
export function hostAndPortOf({ protocol, hostname, port }: URL): string {
  return `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`;
}
