import { LockMode } from '@mikro-orm/core';
import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { tokenAggregate } from '@undertone/contracts/subjects';
import type { RemovedConnection } from '@undertone/contracts/token/connection';
import { removeConnection, storeTokens } from '@undertone/contracts/token/rpc';
import type { LinkState, TokenSubmission } from '@undertone/contracts/token/token';
import { TokensStored } from '@undertone/contracts/token/tokens-stored';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { derivedId, newId } from '@undertone/platform/ids/ids';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { scopesIn } from '../vault/scopes.js';
import { Vault } from '../vault/vault.js';
import { VaultEntry, type VaultRow } from '../vault/vault-entry.entity.js';
import { announceLink } from './announce-link.js';
import { notLinked } from './fresh-tokens.js';
import { storedEventId } from './link.js';

/** Where Spotify lets people take back what they allowed an app. It has no call for it. */
export const SPOTIFY_APPS = 'https://www.spotify.com/account/apps/';

@Controller()
export class LinkCommands {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(Vault) private readonly vault: Vault,
  ) {}

  /**
   * The row first, then the event: what a crash leaves between the two is healed, by the next store or the next start.
   * A store with an idempotency key is made once: repeated later, it would put an old refresh token over a newer one.
   */
  @Answers(storeTokens)
  async storeTokens(
    @Payload(asked(storeTokens)) tokens: TokenSubmission & { idempotency_key?: string | undefined },
  ): Promise<LinkState> {
    const key = { userId: tokens.user_id, provider: 'spotify' } as const;
    const storeId = tokens.idempotency_key
      ? derivedId(tokens.user_id, 'store', tokens.idempotency_key)
      : newId();
    const announced = tokens.idempotency_key && (await this.announced(tokens.user_id, storeId));
    if (announced) return announced;
    const storedAt = new Date();
    const expiresAt = new Date(storedAt.getTime() + tokens.expires_in * 1000);
    const scopes = tokens.scope === undefined ? null : scopesIn(tokens.scope);
    const em = this.orm.em.fork();
    await em.transactional(async (transaction) => {
      const secrets = await this.vault.secretsOf(transaction, key.userId);
      const sealed = this.vault.sealTokens(secrets, {
        accessToken: tokens.access_token,
        refreshToken: tokens.refresh_token,
      });
      await transaction.upsert(
        VaultEntry,
        {
          ...key,
          ...sealed,
          expiresAt,
          scopes,
          storedAt,
          storedUntil: expiresAt,
          relinkRequiredAt: null,
          relinkSaid: false,
          dueSaid: null,
          removedAt: null,
          storeId,
          announced: false,
          logSequence: 0,
        },
        {
          onConflictFields: ['userId', 'provider'],
          // The log goes on where the tokens before these left it.
          onConflictExcludeFields: ['logSequence'],
          onConflictWhere: { storeId: { $ne: storeId } },
          disableIdentityMap: true,
        },
      );
    });
    await announceLink(this.store, em, key);
    const row = tokens.idempotency_key
      ? await em.findOne(VaultEntry, { ...key, storeId }, { disableIdentityMap: true })
      : null;
    return stateOf(row ?? { ...key, scopes, storedAt, storedUntil: expiresAt });
  }

  /** The tokens go at once; that they went is said after it, and then nothing of the link is left. */
  @Answers(removeConnection)
  async removeConnection(
    @Payload(asked(removeConnection)) { user_id: userId, provider }: { user_id: string; provider: 'spotify' },
  ): Promise<RemovedConnection> {
    const em = this.orm.em.fork();
    const removedAt = await em.transactional(async (transaction) => {
      const row = await transaction.findOne(
        VaultEntry,
        { userId, provider },
        { lockMode: LockMode.PESSIMISTIC_WRITE },
      );
      if (!row) throw notLinked();
      row.removedAt ??= new Date();
      row.accessToken = '';
      row.refreshToken = '';
      return row.removedAt;
    });
    await announceLink(this.store, em, { userId, provider });
    return { provider, removed_at: removedAt.toISOString(), revoke_at: SPOTIFY_APPS };
  }

  private async announced(userId: string, storeId: string): Promise<LinkState | undefined> {
    const id = storedEventId(userId, storeId);
    const stored = (await this.store.read(tokenAggregate(userId))).find((event) => event.id === id);
    return stored && TokensStored.read(stored);
  }
}

type Stored = Pick<VaultRow, 'userId' | 'provider' | 'scopes' | 'storedAt' | 'storedUntil'>;

const stateOf = ({ userId, provider, scopes, storedAt, storedUntil }: Stored): LinkState => ({
  user_id: userId,
  provider,
  scopes: scopes ?? null,
  expires_at: storedUntil.toISOString(),
  stored_at: storedAt.toISOString(),
});
