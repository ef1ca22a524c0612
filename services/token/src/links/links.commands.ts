import { LockMode } from '@mikro-orm/core';
import { type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { tokenAggregate } from '@undertone/contracts/subjects';
import type { RemovedConnection } from '@undertone/contracts/token/connection';
import { lendToken, removeConnection, storeTokens } from '@undertone/contracts/token/rpc';
import type { LinkState, TokenSubmission } from '@undertone/contracts/token/token';
import { TokensStored } from '@undertone/contracts/token/tokens-stored';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { derivedId, newId } from '@undertone/platform/ids/ids';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { scopesIn } from '../vault/scopes.js';
import { Vault } from '../vault/vault.js';
import { NO_REFRESH_TOKEN, VaultEntry, type VaultRow } from '../vault/vault-entry.entity.js';
import { announceLink } from './announce-link.js';
import { notLinked } from './fresh-tokens.js';
import { storedEventId } from './link.js';

/** Where Spotify lets people take back what they allowed an app. It has no call for it. */
export const SPOTIFY_APPS = 'https://www.spotify.com/account/apps/';

/** Spotify's access tokens are good for an hour; how long one still is that came alone, nobody says. */
const LENT_MS = 3_600_000;

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
    await em.transactional((transaction) =>
      this.put(transaction, tokens, { storeId, scopes, storedAt, expiresAt }),
    );
    await announceLink(this.store, em, key);
    const row = tokens.idempotency_key
      ? await em.findOne(VaultEntry, { ...key, storeId }, { disableIdentityMap: true })
      : null;
    return stateOf(row ?? { ...key, scopes, storedAt, storedUntil: expiresAt });
  }

  /** What renews itself is not written over, nor the same token stored twice. */
  @Answers(lendToken)
  async lendToken(
    @Payload(asked(lendToken)) { user_id, access_token }: { user_id: string; access_token: string },
  ): Promise<{ kept: boolean }> {
    const em = this.orm.em.fork();
    const storedAt = new Date();
    const expiresAt = new Date(storedAt.getTime() + LENT_MS);
    const kept = await em.transactional(async (transaction) => {
      await oneStoreAtATime(transaction, user_id);
      const row = await transaction.findOne(
        VaultEntry,
        { userId: user_id, provider: 'spotify' },
        { disableIdentityMap: true },
      );
      if (row && (await this.isBetter(transaction, row, access_token))) return false;
      const tokens = { user_id, access_token, refresh_token: NO_REFRESH_TOKEN };
      await this.put(transaction, tokens, { storeId: newId(), scopes: null, storedAt, expiresAt });
      return true;
    });
    await announceLink(this.store, em, { userId: user_id, provider: 'spotify' });
    return { kept };
  }

  private async isBetter(em: EntityManager, row: VaultRow, lent: string): Promise<boolean> {
    if (row.removedAt || row.relinkRequiredAt) return false;
    if (row.refreshToken !== NO_REFRESH_TOKEN) return true;
    return row.expiresAt > new Date() && (await this.vault.openToken(em, row, 'accessToken')) === lent;
  }

  private async put(
    transaction: EntityManager,
    tokens: Pick<TokenSubmission, 'user_id' | 'access_token' | 'refresh_token'>,
    store: Pick<VaultRow, 'storeId' | 'scopes' | 'storedAt' | 'expiresAt'>,
  ): Promise<void> {
    const { user_id: userId, access_token: accessToken, refresh_token: refreshToken } = tokens;
    await oneStoreAtATime(transaction, userId);
    const secrets = await this.vault.secretsOf(transaction, userId);
    await transaction.upsert(
      VaultEntry,
      {
        userId,
        provider: 'spotify',
        ...this.vault.sealTokens(secrets, { accessToken, refreshToken }),
        ...store,
        storedUntil: store.expiresAt,
        relinkRequiredAt: null,
        relinkSaid: false,
        dueSaid: null,
        removedAt: null,
        announced: false,
        logSequence: 0,
      },
      {
        onConflictFields: ['userId', 'provider'],
        // The log goes on where the tokens before these left it.
        onConflictExcludeFields: ['logSequence'],
        onConflictWhere: { storeId: { $ne: store.storeId } },
        disableIdentityMap: true,
      },
    );
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

/** Of stores for one person at once, the second waits here, and finds what the first has stored. */
const oneStoreAtATime = (transaction: EntityManager, userId: string): Promise<unknown> =>
  transaction.execute('select pg_advisory_xact_lock(hashtextextended(?, 0))', [`vault_entry ${userId}`]);

type Stored = Pick<VaultRow, 'userId' | 'provider' | 'scopes' | 'storedAt' | 'storedUntil'>;

const stateOf = ({ userId, provider, scopes, storedAt, storedUntil }: Stored): LinkState => ({
  user_id: userId,
  provider,
  scopes: scopes ?? null,
  expires_at: storedUntil.toISOString(),
  stored_at: storedAt.toISOString(),
});
