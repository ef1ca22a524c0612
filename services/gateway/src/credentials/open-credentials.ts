import type { RedisBreaker } from '@undertone/platform/cache/redis-breaker';
import type { RpcClient } from '@undertone/platform/rpc/rpc-client';
import { AccessTokens } from './access-tokens.js';
import { ApiKeys } from './api-keys.js';
import type { Credentials } from './authenticate-accounts.js';
import { SessionCookies } from './cookies.js';
import { Revocations } from './revocations.js';
import { PublishedKeys } from './signing-keys.js';

/** All that checks who somebody is. @param rpc asks identity for the gateway itself. */
export function openCredentials(
  rpc: RpcClient,
  redis: RedisBreaker,
  publicUrl: string,
): Credentials & { readonly signingKeys: PublishedKeys } {
  const signingKeys = new PublishedKeys(rpc);
  return {
    signingKeys,
    tokens: new AccessTokens(signingKeys.find, publicUrl),
    keys: new ApiKeys(rpc),
    cookies: new SessionCookies(publicUrl),
    revocations: new Revocations(redis, rpc),
    publicUrl,
  };
}
