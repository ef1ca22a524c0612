import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import {
  type BegunAtProvider,
  finishProviderSignIn,
  startLink,
  startProviderSignIn,
} from '@undertone/contracts/sign-in/provider-rpc';
import type { Grant } from '@undertone/contracts/sign-in/session';
import { storeTokens } from '@undertone/contracts/token/rpc';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { newId } from '@undertone/platform/ids/ids';
import type { Logger } from '@undertone/platform/logging/logger';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { LOGGER } from '@undertone/platform/nest/tokens';
import { Refused, RpcClient } from '@undertone/platform/rpc/rpc-client';
import { LinkedAccounts } from '../linked-accounts/linked-accounts.js';
import type { ProvenAccount } from '../providers/provider.js';
import { Providers } from '../providers/providers.js';
import { hashOf } from '../secrets/random-secret.js';
import { Sessions } from '../sessions/sessions.js';
import { announceUser } from '../users/announce-user.js';
import { Attempts } from './attempts.js';

interface Returned {
  readonly code?: string | undefined;
  readonly state?: string | undefined;
  readonly iss?: string | undefined;
  readonly error?: string | undefined;
}
interface Start {
  readonly provider: string;
  readonly return_to: string;
}

/** Signing in, and linking, with an account at another site. */
@Controller()
export class ProviderSignInCommands {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(RpcClient) private readonly rpc: RpcClient,
    @Inject(Providers) private readonly providers: Providers,
    @Inject(Attempts) private readonly attempts: Attempts,
    @Inject(LinkedAccounts) private readonly links: LinkedAccounts,
    @Inject(Sessions) private readonly sessions: Sessions,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  @Answers(startProviderSignIn)
  start(
    @Payload(asked(startProviderSignIn))
    { invitation, ...start }: Start & { readonly invitation?: string | undefined },
  ): Promise<BegunAtProvider> {
    const invitationHash = invitation === undefined ? null : hashOf(invitation);
    return this.begin(start, { userId: null, sessionId: null, invitationHash });
  }

  @Answers(startLink)
  async startLink(
    @Payload(asked(startLink)) {
      user_id,
      session_id,
      ...start
    }: Start & { user_id: string; session_id: string },
  ): Promise<BegunAtProvider> {
    await this.mustBeSignedIn(user_id, session_id);
    return this.begin(start, { userId: user_id, sessionId: session_id, invitationHash: null });
  }

  @Answers(finishProviderSignIn)
  async finish(
    @Payload(asked(finishProviderSignIn))
    question: Returned & {
      readonly provider: string;
      readonly attempt: string;
      readonly device: string;
      readonly session_id?: string | undefined;
    },
  ): Promise<{ grant: Grant | null; return_to: string }> {
    const { provider: name, attempt, device, session_id, ...said } = question;
    const provider = this.providers.named(name);
    const { begun, secrets } = await this.attempts.take(attempt, name, said.state);
    const { userId, sessionId, returnTo: return_to } = begun;
    const account = await provider.prove(addressOf(this.providers.redirectUri(name), said), secrets);
    if (userId != null) {
      // A browser whose session ended meanwhile shows none, and a program's never does.
      if (session_id !== undefined && session_id !== sessionId) throw otherSession();
      await this.links.link(userId, sessionId ?? newId(), name, account);
      await this.keepTokens(userId, account, true);
      return { grant: null, return_to };
    }
    const { invitationHash } = begun;
    const { person, linkId, isNew } = await this.links.personOf(name, account, invitationHash ?? undefined);
    if (person.registeredSequence == null) await announceUser(this.store, this.orm.em.fork(), person);
    await this.keepTokens(person.id, account, isNew);
    return { grant: await this.sessions.start(person.id, device, { link: linkId }), return_to };
  }

  private async begin(
    { provider: name, return_to: returnTo }: Start,
    who: { userId: string | null; sessionId: string | null; invitationHash: string | null },
  ): Promise<BegunAtProvider> {
    const provider = this.providers.named(name);
    const { attempt, secrets } = await this.attempts.begin({ provider: name, returnTo, ...who });
    const url = await provider.authorizationUrl(this.providers.redirectUri(name), secrets);
    return { url: url.href, attempt };
  }

  private async mustBeSignedIn(userId: string, sessionId: string): Promise<void> {
    const going = await this.sessions.of(userId);
    if (going.some(({ id }) => id === sessionId)) return;
    throw new Refused('SESSION_ENDED', 'the session that began to link the account is over: sign in again');
  }

  /** One consent is for both: who signs in with Spotify is connected to it. */
  private async keepTokens(userId: string, { tokens }: ProvenAccount, isNew: boolean): Promise<void> {
    if (!tokens) return;
    try {
      await this.rpc.ask(storeTokens, { user_id: userId, ...tokens });
    } catch (error) {
      // Who was connected before stays so by the tokens that they have.
      if (isNew) throw error;
      this.log.warn({ err: error, user_id: userId }, 'the tokens of a sign-in could not be stored');
    }
  }
}

const otherSession = (): Refused =>
  new Refused('SESSION_ENDED', 'this browser is signed in otherwise than when it began to link the account');

function addressOf(redirectUri: string, said: Returned): URL {
  const url = new URL(redirectUri);
  for (const name of ['code', 'state', 'iss', 'error'] as const) {
    const value = said[name];
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return url;
}
