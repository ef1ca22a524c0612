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
}

/**
 * Where a token is in a chain: `current`; `previous`, which is the one that the current one replaced; `spent`, which is
 * older; or none of it.
 */
export type TokenAge = 'current' | 'previous' | 'spent' | 'foreign';

/** A chain's first token, and what its session keeps. The token names the session, so that it is found by it. */
export function startChain(sessionId: string): { token: string; chain: TokenChain } {
  const secret = randomSecret();
  return {
    token: `${sessionId}.${secret}`,
    chain: { tokenHash: hashOf(secret), chainKey: randomSecret(), rotations: 0 },
  };
}

/** A token's two parts. @returns `undefined` where it has another form. */
export function parseToken(token: string): { sessionId: string; secret: string } | undefined {
  const [, sessionId, secret] = /^([0-9a-f-]{36})\.([\w-]{43})$/.exec(token) ?? [];
  return sessionId !== undefined && secret !== undefined ? { sessionId, secret } : undefined;
}

/** The secret that follows in the chain. */
export const successorOf = (secret: string, { chainKey }: Pick<TokenChain, 'chainKey'>): string =>
  createHmac('sha256', chainKey).update(secret).digest('base64url');

/** The chain behind its current token. @param secret of the current token. */
export const advanced = (chain: TokenChain, secret: string): TokenChain => ({
  ...chain,
  tokenHash: hashOf(successorOf(secret, chain)),
  rotations: chain.rotations + 1,
});

/** Where a token is in the chain: its successors are computed until one is the current one, about 1 µs for each. */
export function ageOf(secret: string, chain: TokenChain): TokenAge {
  let at = secret;
  for (let age = 0; age <= chain.rotations; age += 1) {
    if (isHashOf(chain.tokenHash, at)) return age === 0 ? 'current' : age === 1 ? 'previous' : 'spent';
    at = successorOf(at, chain);
  }
  return 'foreign';
}

const isHashOf = (hash: string, secret: string): boolean =>
  timingSafeEqual(Buffer.from(hash), Buffer.from(hashOf(secret)));
