import { PermanentJobError, TransientJobError } from '@undertone/platform/jobs/job-errors';
import type { z } from 'zod';

/** The header by which the simulator says what it is. */
const SIMULATOR_HEADER = 'x-undertone-simulator';

export interface ProviderRequest {
  /** Named in errors. */
  readonly provider: string;
  readonly simulatorExpected: boolean;
  readonly signal: AbortSignal;
  /** Milliseconds within which the whole answer must be there. */
  readonly timeoutMs: number;
  /** Sent as bearer, where the provider wants one. */
  readonly token?: string;
}

/**
 * Gets a provider's JSON and checks it. Nothing is tried again here: the job runner does that, and honours
 * `Retry-After`.
 * @throws {TransientJobError} for what passes: no answer, 401, 429, 5xx, an answer that is not what was asked for.
 * @throws {PermanentJobError} for what does not: 403, other 4xx, invented data where real data is expected.
 */
export async function getJson<T>(url: URL, schema: z.ZodType<T>, options: ProviderRequest): Promise<T> {
  const { provider, token } = options;
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      headers: { accept: 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      signal: AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)]),
      redirect: 'error',
    });
    text = await response.text();
  } catch (error) {
    options.signal.throwIfAborted();
    throw new TransientJobError('PROVIDER_UNREACHABLE', `${provider} did not answer`, undefined, {
      cause: error,
    });
  }
  if (response.headers.has(SIMULATOR_HEADER) && !options.simulatorExpected) {
    throw new PermanentJobError(
      'SIMULATOR_UNEXPECTED',
      `${provider}'s address is a simulator, and SPOTIFY_MODE is not "simulator": nothing invented is taken for real`,
    );
  }
  if (!response.ok) throw refusalOf(provider, response);
  const parsed = schema.safeParse(parseJson(text));
  if (!parsed.success) {
    throw new TransientJobError(
      'PROVIDER_ANSWER_UNREADABLE',
      `${provider} answered something else than documented: ${parsed.error.issues[0]?.path.join('.') ?? ''} ${parsed.error.issues[0]?.message ?? ''}`,
    );
  }
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Either form of RFC 9110, section 10.2.3: seconds, or a date. Nothing that asks for no wait. */
function retryAfterMs(header: string | null, now: number): number | undefined {
  if (!header) return undefined;
  const wait = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return wait > 0 ? wait : undefined;
}

function refusalOf(provider: string, response: Response): Error {
  const { status } = response;
  if (status === 429) {
    const wait = retryAfterMs(response.headers.get('retry-after'), Date.now());
    return new TransientJobError('PROVIDER_RATE_LIMITED', `${provider} asks to wait`, wait);
  }
  if (status === 401) return new TransientJobError('PROVIDER_UNAUTHORIZED', `${provider} refused the token`);
  if (status === 403) {
    return new PermanentJobError(
      'PROVIDER_FORBIDDEN',
      `${provider} does not allow this app or this account to ask`,
    );
  }
  if (status >= 500) return new TransientJobError('PROVIDER_FAILING', `${provider} fails (${status})`);
  return new PermanentJobError('PROVIDER_REFUSED', `${provider} refused the request (${status})`);
}
