import { MikroORM } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import type { Scope } from '@undertone/contracts/access/principal';
import {
  ACCESS_TOKEN_ALGORITHM,
  ACCESS_TOKEN_SECONDS,
  ACCESS_TOKEN_TYPE,
  audienceOf,
  OWN_CLIENT,
} from '@undertone/contracts/sign-in/access-token';
import { newId } from '@undertone/platform/ids/ids';
import { SETTINGS } from '@undertone/platform/nest/tokens';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { SignJWT } from 'jose';
import type { IdentitySettings } from '../settings.js';
import { rolesOf } from '../users/roles.js';
import { User } from '../users/user.entity.js';
import { SigningKeys } from './signing-keys.js';

/** Issues access tokens (RFC 9068). */
@Injectable()
export class AccessTokens {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(SigningKeys) private readonly keys: SigningKeys,
    @Inject(SETTINGS) private readonly settings: IdentitySettings,
  ) {}

  /**
   * @returns a token for a user's session, and the seconds that it is good for.
   * @throws {Refused} `SESSION_ENDED`: the person was erased a moment ago.
   */
  async issue(session: {
    readonly id: string;
    readonly userId: string;
    /** When the person signed in. */
    readonly createdAt: Date;
  }): Promise<{ token: string; expiresIn: number }> {
    const { id: sessionId, userId, createdAt } = session;
    const user = await this.orm.em.fork().findOne(User, { id: userId }, { fields: ['isAdmin'] });
    if (!user) throw new Refused('SESSION_ENDED', 'the session is over');
    const roles = rolesOf(user);
    const scopes: Scope[] = ['read', 'write', ...(user.isAdmin ? (['admin'] as const) : [])];
    const { kid, key } = await this.keys.signer();
    const { PUBLIC_URL, FRESH_SIGN_IN_MINUTES } = this.settings;
    const token = await new SignJWT({
      sid: sessionId,
      client_id: OWN_CLIENT,
      scope: scopes.join(' '),
      roles,
      fresh_until: Math.floor(createdAt.getTime() / 1000) + FRESH_SIGN_IN_MINUTES * 60,
    })
      .setProtectedHeader({ alg: ACCESS_TOKEN_ALGORITHM, typ: ACCESS_TOKEN_TYPE, kid })
      .setIssuer(PUBLIC_URL)
      .setAudience(audienceOf(PUBLIC_URL))
      .setSubject(userId)
      .setJti(newId())
      .setIssuedAt()
      .setExpirationTime(`${ACCESS_TOKEN_SECONDS}s`)
      .sign(key);
    return { token, expiresIn: ACCESS_TOKEN_SECONDS };
  }
}
