import { z } from 'zod';
import type { Answer } from './exchange.js';
import type { PauseKind } from './provider-pause.entity.js';

/** The provider answered 429: everybody who calls for this account has to wait. */
export class AskedToWait extends Error {
  constructor(
    readonly kind: PauseKind,
    /** Milliseconds, where the provider said how long. */
    readonly waitMs: number | undefined,
  ) {
    super('the provider asks to wait');
    this.name = 'AskedToWait';
  }
}

/** Spotify's regular error object; `QUOTA_EXCEEDED` is about the developer account as a whole. */
const quotaExceeded = z.object({ error: z.object({ reason: z.literal('QUOTA_EXCEEDED') }) });

/** Reads a 429. */
export function askedToWait({ headers }: Answer, body: unknown): AskedToWait {
  const kind = quotaExceeded.safeParse(body).success ? 'quota' : 'rate';
  return new AskedToWait(kind, retryAfterMs(headers['retry-after'], Date.now()));
}

/** Either form of RFC 9110, section 10.2.3: seconds, or a date. Nothing that asks for no wait. */
function retryAfterMs(header: string | string[] | undefined, now: number): number | undefined {
  if (typeof header !== 'string') return undefined;
  const wait = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return wait > 0 ? wait : undefined;
}
