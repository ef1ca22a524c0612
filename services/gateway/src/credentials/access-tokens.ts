import type { Principal } from '@undertone/contracts/access/principal';
import {
  ACCESS_TOKEN_ALGORITHM,
  ACCESS_TOKEN_TYPE,
  accessTokenClaims,
  audienceOf,
  CLOCK_TOLERANCE_SECONDS,
} from '@undertone/contracts/sign-in/access-token';
import { errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Credential } from '../callers/authenticate.js';

/** Whom a credential is of. */
export interface Shown {
  readonly caller: Principal;
  readonly credential: Credential;
}

/** Checks access tokens as RFC 9068, section 4, and RFC 8725 say. */
export class AccessTokens {
  /** @param publicUrl the `iss` of this installation's tokens. */
  constructor(
    private readonly find: JWTVerifyGetKey,
    private readonly publicUrl: string,
  ) {}

  /**
   * @returns `undefined` for a token that is none of ours, or has ended. Whether its session was ended is another question.
   * @throws {ServiceUnavailable} there are no keys to check it with.
   */
  async check(token: string): Promise<Shown | undefined> {
    try {
      const { payload } = await jwtVerify(token, this.find, {
        algorithms: [ACCESS_TOKEN_ALGORITHM],
        typ: ACCESS_TOKEN_TYPE,
        issuer: this.publicUrl,
        audience: audienceOf(this.publicUrl),
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        requiredClaims: ['exp', 'iat', 'sub', 'jti', 'client_id'],
      });
      const claims = accessTokenClaims.safeParse(payload);
      if (!claims.success) return undefined;
      const { sub, sid, scope, roles, exp, fresh_until } = claims.data;
      return {
        caller: {
          who: { kind: 'user', user_id: sub },
          roles,
          scopes: scope,
          authenticated_by: 'session',
          session_id: sid,
          fresh_until,
        },
        credential: { id: sid, endsAt: (exp + CLOCK_TOLERANCE_SECONDS) * 1000 },
      };
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }
}
