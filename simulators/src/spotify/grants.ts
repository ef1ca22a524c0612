import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { SimulatedClock } from '../control/clock.js';
import { uniform } from '../random.js';

/** Seconds that an access token lives (Spotify authorization guide, checked 2026-11). */
export const ACCESS_TOKEN_SECONDS = 3600;

/** Months that a refresh token lives after the person signed in; refreshing does not extend it (checked 2026-11). */
const REFRESH_TOKEN_MONTHS = 6;

const CODE_MS = 10 * 60_000;

const claims = z.object({
  user: z.string(),
  client: z.string(),
  scope: z.string(),
  at: z.number(),
  nonce: z.string(),
});

/** What a token says about itself; `at` is when it ends (access) or when the person signed in (refresh), in ms. */
export type TokenClaims = z.infer<typeof claims>;

/** What the tokens that were not issued here are good for: all that Undertone asks for. */
const EVERY_SCOPE = 'user-read-private user-top-read user-read-recently-played';

/** A code waiting to be exchanged. */
export interface PendingCode {
  readonly user: string;
  readonly client: string;
  readonly scope: string;
  readonly redirectUri: string;
  readonly challenge: string | undefined;
  readonly issuedAt: number;
}

function sign(kind: string, payload: string): string {
  return createHash('sha256')
    .update(`undertone simulator ${kind} ${payload}`)
    .digest('base64url')
    .slice(0, 16);
}

/** Whose a foreign token is: the same person at every call, at every start. */
const holderOf = (token: string): string =>
  `listener-${createHash('sha256').update(token).digest('hex').slice(0, 8)}`;

function seal(kind: string, content: TokenClaims): string {
  const payload = Buffer.from(JSON.stringify(content)).toString('base64url');
  return `sim-${kind}.${payload}.${sign(kind, payload)}`;
}

function open(kind: string, token: string): TokenClaims | undefined {
  const [prefix, payload, signature] = token.split('.');
  if (prefix !== `sim-${kind}` || payload === undefined || signature !== sign(kind, payload))
    return undefined;
  return claims.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))).data;
}

/**
 * Codes and tokens. Tokens carry what they stand for, so that a restarted simulator still knows them. Besides the issued
 * ones, `sim-access-<name>` and `sim-refresh-<name>` are good for the user of that name at any time, and, where the
 * simulator is not strict, any other text for a person of its own: placeholders in clients' examples work.
 */
export class Grants {
  readonly #clock: SimulatedClock;
  readonly #strict: boolean;
  readonly #codes = new Map<string, PendingCode>();
  readonly #revoked = new Set<string>();

  /** @param strict tokens that are neither issued nor name a user are unknown. */
  constructor(clock: SimulatedClock, strict: boolean) {
    this.#clock = clock;
    this.#strict = strict;
  }

  /** Keeps what a person granted and returns the code for it: good once, for ten minutes. */
  issueCode(granted: Omit<PendingCode, 'issuedAt'>): string {
    const code = `sim-code-${randomBytes(24).toString('base64url')}`;
    this.#codes.set(code, { ...granted, issuedAt: this.#clock.now() });
    return code;
  }

  /** The user for whom a code waits, without using it up. */
  userOfCode(code: string): string | undefined {
    return this.#codes.get(code)?.user;
  }

  /** Takes a code; `undefined` when it is unknown, used or too old. */
  takeCode(code: string): PendingCode | undefined {
    const pending = this.#codes.get(code);
    this.#codes.delete(code);
    return pending && this.#clock.now() - pending.issuedAt <= CODE_MS ? pending : undefined;
  }

  issueAccessToken(user: string, client: string, scope: string): string {
    const at = this.#clock.now() + ACCESS_TOKEN_SECONDS * 1000;
    return seal('access', { user, client, scope, at, nonce: randomBytes(6).toString('hex') });
  }

  /** A refresh token that ends six months after `signedInAt` (ms). */
  issueRefreshToken(user: string, client: string, scope: string, signedInAt: number): string {
    return seal('refresh', { user, client, scope, at: signedInAt, nonce: randomBytes(6).toString('hex') });
  }

  /** The user of an access token, and whether it has ended; `undefined` for one that is unknown. */
  accessOf(token: string): { user: string; expired: boolean } | undefined {
    const named = /^sim-access-(.+)$/.exec(token)?.[1];
    if (named !== undefined) return { user: named, expired: false };
    const opened = open('access', token);
    if (opened) return { user: opened.user, expired: this.#clock.now() >= opened.at };
    return this.#strict ? undefined : { user: holderOf(token), expired: false };
  }

  /** What a refresh token stands for, and whether its six months are over; `undefined` for one that is unknown. */
  refreshOf(token: string): (TokenClaims & { expired: boolean }) | undefined {
    const named = /^sim-refresh-(.+)$/.exec(token)?.[1];
    const opened = named === undefined ? open('refresh', token) : undefined;
    if (!opened) {
      if (named === undefined && this.#strict) return undefined;
      const user = named ?? holderOf(token);
      return { user, client: '', scope: EVERY_SCOPE, at: this.#clock.now(), nonce: user, expired: false };
    }
    const end = new Date(opened.at);
    end.setUTCMonth(end.getUTCMonth() + REFRESH_TOKEN_MONTHS);
    return { ...opened, expired: this.#clock.now() >= end.getTime() };
  }

  /** Refuses a refresh token from now on, for as long as the simulator runs. */
  revokeRefreshToken(token: string): void {
    this.#revoked.add(token);
  }

  isRevoked(token: string): boolean {
    return this.#revoked.has(token);
  }

  /** Whether this refresh comes with a new refresh token: about one in four does, by token and minute. */
  rotates(refreshToken: string): boolean {
    return uniform('rotation', refreshToken, Math.floor(this.#clock.now() / 60_000)) < 0.25;
  }
}
