import { createHmac, timingSafeEqual } from 'node:crypto';
import { MikroORM } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import { PROVIDER_SIGN_IN_SECONDS } from '@undertone/contracts/sign-in/linked-account';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { forgetExpired } from '../expiry/forget-expired.js';
import type { SignInSecrets } from '../providers/provider.js';
import { hashOf, randomSecret } from '../secrets/random-secret.js';
import { ProviderSignIn, type ProviderSignInRow } from './provider-sign-in.entity.js';

type Begun = Pick<ProviderSignInRow, 'provider' | 'userId' | 'sessionId' | 'invitationHash' | 'returnTo'>;

/**
 * Sign-ins that are at a provider, in Postgres, so that any replica finishes what another began. All that secures one is computed
 * from a secret that the browser alone keeps, in a cookie: whoever has the table, or lures another browser to where the
 * provider sends people back to, can finish nothing.
 */
@Injectable()
export class Attempts {
  constructor(@Inject(MikroORM) private readonly orm: MikroORM) {}

  /** @returns the browser's secret, and what goes to the provider. */
  async begin(what: Begun): Promise<{ attempt: string; secrets: SignInSecrets }> {
    const attempt = randomSecret();
    const em = this.orm.em.fork();
    await forgetExpired(em, 'provider_sign_in');
    await em.insert(ProviderSignIn, {
      attemptHash: hashOf(attempt),
      ...what,
      expiresAt: new Date(Date.now() + PROVIDER_SIGN_IN_SECONDS * 1000),
    });
    return { attempt, secrets: secretsOf(attempt) };
  }

  /**
   * Ends an attempt: it can be finished once. One whose state is wrong goes on, since anybody can send a browser here.
   * @throws {Refused} `SIGN_IN_EXPIRED`
   */
  async take(
    attempt: string,
    provider: string,
    state: string | undefined,
  ): Promise<{ begun: Begun; secrets: SignInSecrets }> {
    const secrets = secretsOf(attempt);
    if (!isSame(state, secrets.state)) throw expired();
    return this.orm.em.fork().transactional(async (em) => {
      const row = await em.findOne(ProviderSignIn, { attemptHash: hashOf(attempt), provider });
      const taken = await em.nativeDelete(ProviderSignIn, { attemptHash: hashOf(attempt), provider });
      if (!row || taken === 0 || row.expiresAt <= new Date()) throw expired();
      return { begun: row, secrets };
    });
  }
}

/** Each is as random as the secret, and none tells anything of another. */
function secretsOf(attempt: string): SignInSecrets {
  const derive = (use: string) => createHmac('sha256', attempt).update(use).digest('base64url');
  return { state: derive('state'), nonce: derive('nonce'), codeVerifier: derive('code_verifier') };
}

function isSame(given: string | undefined, expected: string): boolean {
  const [one, other] = [Buffer.from(given ?? ''), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}

const expired = (): Refused =>
  new Refused(
    'SIGN_IN_EXPIRED',
    'this sign-in did not begin in this browser, is over already, or took too long: begin again',
  );
