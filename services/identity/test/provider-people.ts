import { anonymous, type Principal } from '@undertone/contracts/access/principal';
import {
  type BegunAtProvider,
  finishProviderSignIn,
  startLink,
  startProviderSignIn,
} from '@undertone/contracts/sign-in/provider-rpc';
import type { Grant } from '@undertone/contracts/sign-in/session';
import { Browser } from './browser.js';
import type { RunningIdentity } from './running-identity.js';

export const PUBLIC_URL = 'http://127.0.0.1:8000';

/** Somebody who is signed in. */
export const session = (user_id: string, more: Partial<Principal> = {}): Principal => ({
  who: { kind: 'user', user_id },
  roles: [],
  scopes: ['read', 'write'],
  authenticated_by: 'session',
  fresh_until: Math.floor(Date.now() / 1000) + 600,
  ...more,
});

/** What the gateway sends on when a browser came back. */
export interface Returned {
  readonly attempt: string;
  readonly code?: string;
  readonly state?: string;
  readonly iss?: string;
  readonly error?: string;
}

/** People with a browser, who sign in with a provider. */
export class ProviderPeople {
  constructor(
    readonly identity: RunningIdentity,
    readonly provider: string,
  ) {}

  begin(more: { invitation?: string; return_to?: string } = {}): Promise<BegunAtProvider> {
    const question = { provider: this.provider, return_to: '/', ...more };
    return this.identity.ask(startProviderSignIn, question, anonymous);
  }

  beginLink({ user_id, session_id }: Pick<Grant, 'user_id' | 'session_id'>): Promise<BegunAtProvider> {
    const question = { user_id, session_id, provider: this.provider, return_to: '/accounts' };
    return this.identity.ask(startLink, question, session(user_id));
  }

  /** Signs in at the provider. @param person absent: they say no. */
  async atProvider({ url, attempt }: BegunAtProvider, person: string | undefined): Promise<Returned> {
    const back = await new Browser(PUBLIC_URL).signIn(url, person);
    return { attempt, ...Object.fromEntries(back.searchParams) };
  }

  /** @param session_id what the browser shows, where it shows one. */
  finish({ attempt, code, state, iss, error }: Returned, session_id?: string) {
    const said = { code, state, iss, error };
    const question = { provider: this.provider, attempt, device: 'a browser', session_id, ...said };
    return this.identity.ask(finishProviderSignIn, question, anonymous);
  }

  /** All of it. */
  async signIn(person: string, more: { invitation?: string; return_to?: string } = {}): Promise<Grant> {
    const { grant } = await this.finish(await this.atProvider(await this.begin(more), person));
    if (!grant) throw new Error('no session began');
    return grant;
  }

  async link(who: Pick<Grant, 'user_id' | 'session_id'>, person: string) {
    return this.finish(await this.atProvider(await this.beginLink(who), person));
  }
}
