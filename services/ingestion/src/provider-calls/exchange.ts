import { Agent, errors, request } from 'undici';

/** Far more than any answer that is asked for: 50 tracks are about 100 KB. */
const MOST_BYTES = 8 * 1024 * 1024;

/** Connections to each provider are kept and used again; no answer is read further than `MOST_BYTES`. */
const agent = new Agent({ connect: { timeout: 5_000 }, connections: 64, maxResponseSize: MOST_BYTES });

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** An answer that is longer than anything that was asked for. */
export const isTooLong = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE';

/** The request could not even be made: the token or the address is none, and nothing was sent. */
export const isOurFault = (error: unknown): boolean => error instanceof errors.InvalidArgumentError;

/**
 * One GET, answered whole within the deadline. It follows no redirect and tries nothing again.
 * @throws undici's error, or the signal's reason.
 */
export async function exchange(
  url: URL,
  options: { token?: string | undefined; etag?: string | null; signal: AbortSignal; timeoutMs: number },
): Promise<Answer> {
  const { token, etag, signal, timeoutMs } = options;
  const { statusCode, headers, body } = await request(url, {
    dispatcher: agent,
    headers: {
      accept: 'application/json',
      ...(token && { authorization: `Bearer ${token}` }),
      ...(etag && { 'if-none-match': etag }),
    },
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  });
  return { status: statusCode, headers, text: await body.text() };
}
