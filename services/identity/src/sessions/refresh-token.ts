import { createHmac, timingSafeEqual } from 'node:crypto';
import { hashOf, randomSecret } from '../secrets/random-secret.js';

/**
 * The refresh tokens of one session are a chain: each is computed from the one before with a key that only the session's row
 * has. So two refreshes at the same moment get the same successor, and no token is stored. A token that was replaced is
 * known by the chain's leading from it to the one that is good now, however old it is, and one that somebody made up
 * is not: it ends nobody's session.
 */

/** What a session's row says of its tokens. */
export interface TokenChain {
  /** SHA-256 of the token that is good now. */
  readonly tokenHash: string;
  readonly chainKey: string;
  /** How many tokens came before it. */
  readonly rotations: number;
  /** How many before it were given in answers that were lost: nobody showed one before the token that they replaced was shown again. */
  readonly skipped: number;
  /** Whether somebody has shown it, so that its answer was not lost. */
  readonly isShown: boolean;
}

/**
 * Where a token is in a chain: `current`; `previous`, which is the one that the current one replaced; `spent`, which is
 * older, or was skipped; or none of it.
 */
export type TokenAge = 'current' | 'previous' | 'spent' | 'foreign';

/** More than a session refreshes in half a year, every quarter of an hour; a token that is older is not known any more. */
const MOST_WALKED = 20_000;

/** A chain's first token, and what its session keeps. The token names the session, so that it is found by it. */
export function startChain(sessionId: string): { token: string; chain: TokenChain } {
  const secret = randomSecret();
  return {
    token: `${sessionId}.${secret}`,
    chain: { tokenHash: hashOf(secret), chainKey: randomSecret(), rotations: 0, skipped: 0, isShown: false },
  };
}

/** A token's two parts. @returns `undefined` where it has another form. */
export function parseToken(token: string): { sessionId: string; secret: string } | undefined {
  const [, sessionId, secret] =
    /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([\w-]{43})$/.exec(token) ?? [];
  return sessionId !== undefined && secret !== undefined ? { sessionId, secret } : undefined;
}

/** The secret that follows in the chain. */
export const successorOf = (secret: string, { chainKey }: Pick<TokenChain, 'chainKey'>): string =>
  createHmac('sha256', chainKey).update(secret).digest('base64url');

/** The current secret. @param secret of the previous token. */
export function currentOf(secret: string, chain: TokenChain): string {
  let at = secret;
  for (let steps = 0; steps <= chain.skipped; steps += 1) at = successorOf(at, chain);
  return at;
}

/** The chain behind its current token. @param secret of the current token. */
export const advanced = (chain: TokenChain, secret: string): TokenChain => ({
  ...chain,
  tokenHash: hashOf(successorOf(secret, chain)),
  rotations: chain.rotations + 1,
  skipped: 0,
  isShown: false,
});

/**
 * The chain behind its current token, which is taken for lost: the previous token stays the previous one. Whoever shows the skipped one
 * after that has what was not lost. @param secret of the current token.
 */
export const skippedOver = (chain: TokenChain, secret: string): TokenChain => ({
  ...advanced(chain, secret),
  skipped: chain.skipped + 1,
});

/** Where a token is in the chain: its successors are computed until one is the current one, about 1 µs for each. */
export function ageOf(secret: string, chain: TokenChain): TokenAge {
  let at = secret;
  for (let age = 0; age <= Math.min(chain.rotations, MOST_WALKED); age += 1) {
    if (isHashOf(chain.tokenHash, at)) {
      return age === 0 ? 'current' : age === chain.skipped + 1 ? 'previous' : 'spent';
    }
    at = successorOf(at, chain);
  }
  return 'foreign';
}

const isHashOf = (hash: string, secret: string): boolean =>
  timingSafeEqual(Buffer.from(hash), Buffer.from(hashOf(secret)));
