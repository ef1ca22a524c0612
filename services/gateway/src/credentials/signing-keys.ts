import type { SigningKeys } from '@undertone/contracts/sign-in/access-token';
import { listSigningKeys } from '@undertone/contracts/sign-in/rpc';
import type { RpcClient } from '@undertone/platform/rpc/rpc-client';
import { createLocalJWKSet, type JWTVerifyGetKey } from 'jose';

/** How often identity is asked anew for a key that is not among the known ones, at most: whoever makes up tokens names any. */
const ASKED_MS = 5_000;
/** A key that is published no more is good for nothing after so long. */
const KEPT_MS = 5 * 60_000;

/** The keys that check access tokens, as identity publishes them. */
export class PublishedKeys {
  private keys: SigningKeys = { keys: [] };
  private askedAt = Number.NEGATIVE_INFINITY;
  private asking: Promise<void> | undefined;

  constructor(private readonly rpc: RpcClient) {}

  /** @throws {ServiceUnavailable} identity does not answer, and none are known. */
  async all(): Promise<SigningKeys> {
    if (this.age > KEPT_MS) await this.renew();
    return this.keys;
  }

  /** The key that a token names, of these and no others (RFC 8725, section 3.10). */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    const isKnown = () => this.keys.keys.some(({ kid }) => kid === header.kid);
    if (this.age > KEPT_MS || (!isKnown() && this.age > ASKED_MS)) await this.renew();
    return createLocalJWKSet(this.keys)(header, token);
  };

  private get age(): number {
    return performance.now() - this.askedAt;
  }

  private renew(): Promise<void> {
    this.asking ??= this.rpc
      .ask(listSigningKeys, {})
      .then((keys) => {
        this.keys = keys;
        this.askedAt = performance.now();
      })
      .catch((error: unknown) => {
        // Those that are known go on being good while identity is away.
        if (this.keys.keys.length === 0) throw error;
      })
      .finally(() => {
        this.asking = undefined;
      });
    return this.asking;
  }
}
