import { createHash } from 'node:crypto';
import { getApiKey } from '@undertone/contracts/sign-in/rpc';
import type { RpcClient } from '@undertone/platform/rpc/rpc-client';
import type { Shown } from './access-tokens.js';

/** How long identity's answer is good; that a key was revoked is looked up each time all the same. */
const KEPT_MS = 30_000;
const MOST = 10_000;

/** Checks API keys: identity knows them by their hashes. Only good ones are remembered. */
export class ApiKeys {
  /** With the time until which each is remembered; oldest first. */
  private readonly known = new Map<string, { readonly shown: Shown; readonly until: number }>();

  constructor(private readonly rpc: RpcClient) {}

  /**
   * @returns `undefined` for a key that is not one, or has ended.
   * @throws {ServiceUnavailable} identity does not answer.
   */
  async check(key: string): Promise<Shown | undefined> {
    const hash = createHash('sha256').update(key).digest('base64url');
    const shown = this.remembered(hash) ?? (await this.ask(hash));
    const endsAt = shown?.credential.endsAt;
    return endsAt !== undefined && endsAt <= Date.now() ? undefined : shown;
  }

  private remembered(hash: string): Shown | undefined {
    const found = this.known.get(hash);
    return found && found.until > performance.now() ? found.shown : undefined;
  }

  private async ask(hash: string): Promise<Shown | undefined> {
    const { key } = await this.rpc.ask(getApiKey, { hash });
    this.known.delete(hash);
    if (!key) return undefined;
    const shown: Shown = {
      caller: {
        who: { kind: 'user', user_id: key.user_id },
        roles: key.roles,
        scopes: key.scopes,
        authenticated_by: 'api_key',
        key_id: key.key_id,
      },
      credential: { id: key.key_id, ...(key.exp !== null && { endsAt: key.exp * 1000 }) },
    };
    this.known.set(hash, { shown, until: performance.now() + KEPT_MS });
    const oldest = this.known.keys().next();
    if (this.known.size > MOST && !oldest.done) this.known.delete(oldest.value);
    return shown;
  }
}
