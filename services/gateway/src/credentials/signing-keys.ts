import type { SigningKeys } from '@undertone/contracts/sign-in/access-token';
import { listSigningKeys } from '@undertone/contracts/sign-in/rpc';
import type { RpcClient } from '@undertone/platform/rpc/rpc-client';
import { createLocalJWKSet, type JWTVerifyGetKey } from 'jose';

/** How often identity is asked again, at most, whether it answers or not: whoever makes up tokens names any key. */
const ASKED_MS = 5_000;
/** The same while no key is known, when nobody can be let in. */
const ASKED_WITHOUT_KEYS_MS = 500;
/** A key that is published no more is good for nothing after so long. */
const KEPT_MS = 5 * 60_000;

/** The keys that check access tokens, as identity publishes them. */
export class PublishedKeys {
  private keys: SigningKeys = { keys: [] };
  private knownAt = Number.NEGATIVE_INFINITY;
  private askedAt = Number.NEGATIVE_INFINITY;
  private isAsking = false;
  /** The last time that identity was asked, or is being asked. */
  private asked: Promise<void> = Promise.resolve();

  constructor(
    private readonly rpc: Pick<RpcClient, 'ask'>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @throws {ServiceUnavailable} identity does not answer, and none are known. */
  async all(): Promise<SigningKeys> {
    if (this.isOld) await this.renew();
    return this.keys;
  }

  /** The key that a token names, of these and no others (RFC 8725, section 3.10). */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    const isKnown = this.keys.keys.some(({ kid }) => kid === header.kid);
    if (this.isOld || !isKnown) await this.renew();
    return createLocalJWKSet(this.keys)(header, token);
  };

  private get isOld(): boolean {
    return this.now() - this.knownAt > KEPT_MS;
  }

  /** Asks identity, unless that was just done: then its outcome is this one's, too. */
  private renew(): Promise<void> {
    const pause = this.keys.keys.length === 0 ? ASKED_WITHOUT_KEYS_MS : ASKED_MS;
    if (!this.isAsking && this.now() - this.askedAt > pause) {
      this.asked = this.ask();
      this.asked.catch(() => undefined);
    }
    return this.asked;
  }

  private async ask(): Promise<void> {
    this.isAsking = true;
    try {
      this.keys = await this.rpc.ask(listSigningKeys, {});
      this.knownAt = this.now();
    } catch (error) {
      // Those that are known go on being good while identity is away.
      if (this.keys.keys.length === 0) throw error;
    } finally {
      this.isAsking = false;
      // From the end, as an answer that does not come takes seconds.
      this.askedAt = this.now();
    }
  }
}
