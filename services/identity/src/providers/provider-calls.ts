import { AnswerTooLong, boundedBody } from '@undertone/platform/outbound/bounded-body';
import { addressRefusal, guardedFetch } from '@undertone/platform/outbound/guarded-fetch';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { hostAndPortOf } from '@undertone/platform/settings/outbound-allowed';
import {
  AuthorizationResponseError,
  ClientError,
  type CustomFetch,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client';

/** More than any answer of a provider has. */
const MOST_BYTES = 1_000_000;

/** A provider says that it was somebody, and not the request, that stood against it (RFC 6749 and OpenID Connect Core). */
const denials = new Set([
  'access_denied',
  'login_required',
  'consent_required',
  'interaction_required',
  'account_selection_required',
]);

const unavailable = (why: string): Refused =>
  new Refused('PROVIDER_UNAVAILABLE', `the provider ${why}: try again later`);

export interface CallOptions {
  readonly timeoutMs: number;
  /** What may be called besides public addresses, as `host:port`: what the operator's own settings name. */
  readonly allowed: readonly string[];
  /** A simulator's answers are taken for nobody's. */
  readonly refuseSimulator?: boolean;
}

/**
 * How providers are asked: one wait for the whole answer, and outages told apart from answers. Where a provider has its tokens and keys,
 * it says itself: so an inner address is called only where the operator names it.
 */
export function providerFetch({ timeoutMs, allowed, refuseSimulator = false }: CallOptions): CustomFetch {
  const guarded = guardedFetch({ allowed });
  return async (url, options) => {
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      const response = await guarded(url, { ...options, signal } as Parameters<typeof guarded>[1]);
      if (refuseSimulator && response.headers.has('x-undertone-simulator')) throw simulated();
      if (response.status >= 500 || response.status === 429) throw unavailable(`answered ${response.status}`);
      const body = await boundedBody(response, MOST_BYTES);
      const { status, headers } = response;
      return new Response(status === 204 ? null : body, { status, headers });
    } catch (error) {
      if (error instanceof Refused) throw error;
      if (error instanceof AnswerTooLong) throw invalid('an answer is far too long');
      if (addressRefusal(error)) throw refusedAddress(url);
      const isLate = error instanceof Error && error.name === 'TimeoutError';
      throw unavailable(isLate ? `did not answer within ${timeoutMs / 1000} s` : 'could not be reached');
    }
  };
}

/** What the guard found out about it, its inner address say, is not for whoever signs in. */
function refusedAddress(url: string): Refused {
  const where = new URL(url);
  const named = where.hostname === '' ? where.protocol : hostAndPortOf(where);
  return invalid(
    `it names ${named}, which is no public address on port 80 or 443 and not in OUTBOUND_ALLOWED`,
  );
}

/** Why a provider does not sign somebody in, for that person; the error itself where it is no provider's. */
export function refusalOf(error: unknown): unknown {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof Refused) return cause;
  }
  if (error instanceof AuthorizationResponseError) return refusedByPage(error.error);
  if (error instanceof ResponseBodyError) {
    if (error.error === 'invalid_grant') {
      return new Refused('SIGN_IN_EXPIRED', 'the provider takes this sign-in no more: begin again');
    }
    return refused(error.status, error.error);
  }
  if (error instanceof WWWAuthenticateChallengeError) return refused(error.status, 'unauthorized');
  if (error instanceof ClientError) return invalid(error.message);
  return error;
}

function refusedByPage(error: string): Refused {
  if (denials.has(error)) {
    return new Refused('SIGN_IN_DENIED', 'the person, or the provider, did not agree to the sign-in');
  }
  if (error === 'temporarily_unavailable' || error === 'server_error')
    return unavailable('has trouble of its own');
  return refused(302, error);
}

const refused = (status: number, error: string): Refused =>
  new Refused(
    'PROVIDER_REFUSED',
    `the provider refused the sign-in (${status}, ${/^[a-z_]{1,64}$/.exec(error)?.[0] ?? 'no known error'}): its ` +
      'settings here, and those of this installation there, have to agree',
  );

/** An answer that is not what it has to be. */
export const invalid = (why: string): Refused =>
  new Refused('PROVIDER_ANSWER_INVALID', `what the provider answered is not believed: ${why}`);

const simulated = (): Refused =>
  new Refused(
    'SIMULATED_PROVIDER',
    'SPOTIFY_ACCOUNTS_URL or SPOTIFY_API_URL is the simulator, but SPOTIFY_MODE is spotify: nobody is signed in by it',
  );
