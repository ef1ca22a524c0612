import { PermanentJobError, TransientJobError } from '@undertone/platform/jobs/job-errors';
import { z } from 'zod';
import { askedToWait } from './asked-to-wait.js';
import { type Answer, exchange, isOurFault, isTooLong } from './exchange.js';

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
  /** What the person must have granted for this call, where the provider has scopes. */
  readonly scope?: string;
}

/** An answer, and the tag by which the provider knows it again, where it gave one. */
export interface TaggedAnswer<T> {
  readonly value: T;
  readonly etag: string | null;
}

/**
 * Gets a provider's JSON and checks it. Nothing is tried again here: the job runner does that.
 * @throws {AskedToWait} for 429.
 * @throws {TransientJobError} for what passes: no answer, 401, 5xx, an answer that is not what was asked for.
 * @throws {PermanentJobError} for what does not: a request that cannot be made, 403 (`SCOPE_MISSING` where the person did not grant
 * the call's scope), other 3xx and 4xx, invented data where real data is expected.
 */
export async function getJson<T>(url: URL, schema: z.ZodType<T>, options: ProviderRequest): Promise<T> {
  const answer = await getIfChanged(url, schema, null, options);
  if (!answer) throw unreadable(options.provider, 'it is unchanged, and nothing was known');
  return answer.value;
}

/**
 * The same on the condition of RFC 9110, section 13.1.2, which Spotify asks its clients to make (Web API, "API calls",
 * Conditional Requests).
 * @param etag of the answer that is known; null: none is.
 * @returns nothing when that is still the answer.
 */
export async function getIfChanged<T>(
  url: URL,
  schema: z.ZodType<T>,
  etag: string | null,
  options: ProviderRequest,
): Promise<TaggedAnswer<T> | undefined> {
  const { provider } = options;
  const answer = await answerTo(url, { ...options, etag });
  if (answer.headers[SIMULATOR_HEADER] !== undefined && !options.simulatorExpected) {
    throw new PermanentJobError(
      'SIMULATOR_UNEXPECTED',
      `${provider}'s address is a simulator, and SPOTIFY_MODE is not "simulator": nothing invented is taken for real`,
    );
  }
  if (answer.status === 304 && etag !== null) return undefined;
  const body = parseJson(answer.text);
  if (answer.status === 429) throw askedToWait(answer, body);
  if (answer.status < 200 || answer.status > 299) throw refusalOf(answer.status, body, options);
  const parsed = schema.safeParse(body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw unreadable(provider, `${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`);
  }
  const given = answer.headers.etag;
  return { value: parsed.data, etag: typeof given === 'string' ? given : null };
}

async function answerTo(url: URL, options: ProviderRequest & { etag: string | null }): Promise<Answer> {
  const { provider, signal } = options;
  try {
    return await exchange(url, options);
  } catch (error) {
    signal.throwIfAborted();
    if (isTooLong(error)) throw unreadable(provider, 'it does not end');
    if (isOurFault(error)) {
      throw new PermanentJobError(
        'REQUEST_NOT_SENT',
        `the request to ${provider} cannot be made: the stored tokens are damaged; store new ones`,
      );
    }
    throw new TransientJobError('PROVIDER_UNREACHABLE', `${provider} did not answer`, undefined, {
      cause: error,
    });
  }
}

const unreadable = (provider: string, how: string) =>
  new TransientJobError(
    'PROVIDER_ANSWER_UNREADABLE',
    `${provider} answered something else than documented: ${how}`,
  );

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Spotify tells a missing scope from what is forbidden anyway by its words alone. */
const insufficientScope = z.object({
  error: z.object({ message: z.string().regex(/^insufficient client scope\b/i) }),
});

function refusalOf(status: number, body: unknown, { provider, scope }: ProviderRequest): Error {
  if (status === 401) return new TransientJobError('PROVIDER_UNAUTHORIZED', `${provider} refused the token`);
  if (status === 403) {
    if (scope !== undefined && insufficientScope.safeParse(body).success) {
      return new PermanentJobError(
        'SCOPE_MISSING',
        `the stored tokens lack the scope ${scope}: sign in at ${provider} again with that scope, and store the new tokens`,
      );
    }
    return new PermanentJobError(
      'PROVIDER_FORBIDDEN',
      `${provider} does not allow this app or this account to ask`,
    );
  }
  if (status >= 500) return new TransientJobError('PROVIDER_FAILING', `${provider} fails (${status})`);
  return new PermanentJobError('PROVIDER_REFUSED', `${provider} refused the request (${status})`);
}
