import { createHash } from 'node:crypto';
import { LockMode } from '@mikro-orm/core';
import { type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { EventStore } from '@undertone/platform/event-store/event-store';
import type { Logger } from '@undertone/platform/logging/logger';
import { LOGGER } from '@undertone/platform/nest/tokens';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import pLimit from 'p-limit';
import { GrantEnded, SpotifyAccounts } from '../spotify-accounts/spotify-accounts.js';
import { scopesIn } from '../vault/scopes.js';
import { Vault } from '../vault/vault.js';
import { NO_REFRESH_TOKEN, VaultEntry, type VaultRow } from '../vault/vault-entry.entity.js';
import { announceLink } from './announce-link.js';

/** What a token must still be good for when it is handed out. */
const MARGIN_MS = 60_000;

/** What whoever asks has to have. */
interface Need {
  /** Of a token that the provider refused before its time, SHA-256 in hex: it is not handed out again. */
  readonly rejectedHash?: string | undefined;
  /** For so long it must be good. */
  readonly goodForMs?: number;
}

/** How long what could not be stored is held before the next try. */
const STORE_AGAIN_MS = 1_000;

/** A refresh holds a database connection while it waits for Spotify: stores and health checks need the others of the pool. */
const REFRESHES_AT_ONCE = 4;

export interface FreshToken {
  readonly accessToken: string;
  readonly expiresAt: Date;
  /** Whether the provider was asked for it just now. */
  readonly refreshed: boolean;
}

/** What came of a refresh. */
interface Refreshed {
  /** The refresh token that was sent. */
  readonly of: string;
  readonly fresh: Awaited<ReturnType<SpotifyAccounts['refresh']>>;
  readonly at: Date;
}

const PROVIDER = 'spotify';

const isFresh = (row: Pick<VaultRow, 'expiresAt'>, now: Date, { goodForMs = MARGIN_MS }: Need): boolean =>
  row.expiresAt.getTime() - now.getTime() >= goodForMs;

const isStillGood = ({ fresh, at }: Refreshed, now: Date): boolean =>
  at.getTime() + fresh.expiresIn * 1000 - now.getTime() >= MARGIN_MS;

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

/** Hands out access tokens, and refreshes those that end. */
@Injectable()
export class FreshTokens implements BeforeApplicationShutdown {
  /** Refreshes that run in this process: whoever asks meanwhile waits here, and not on a database connection. */
  private readonly refreshing = new Map<string, Promise<FreshToken>>();

  /**
   * What Spotify gave for a refresh token, until it is known to be stored: where the commit was lost, the stored token may
   * be one that Spotify replaced, and the next try has to store this instead of asking again. It is made without being asked,
   * since only this process has it.
   */
  private readonly unstored = new Map<string, Refreshed>();
  private storing: NodeJS.Timeout | undefined;
  private stopping = false;

  private readonly limit = pLimit(REFRESHES_AT_ONCE);

  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(Vault) private readonly vault: Vault,
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(SpotifyAccounts) private readonly accounts: SpotifyAccounts,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /**
   * The user's access token, good for at least a minute, or for as long as is needed where the provider's are good for as long.
   * @throws {Refused} `NOT_LINKED`, `RELINK_REQUIRED`, or what `SpotifyAccounts.refresh` refuses with.
   */
  async of(userId: string, need: Need = {}): Promise<FreshToken> {
    if (!this.unstored.has(userId)) {
      const em = this.orm.em.fork();
      const row = usable(await em.findOne(VaultEntry, { userId, provider: PROVIDER }));
      const good = await this.ifGood(em, row, new Date(), need);
      if (good) return good;
    }
    const running = this.refreshing.get(userId);
    if (running) return running;
    const refresh = this.refresh(userId, need).finally(() => this.refreshing.delete(userId));
    this.refreshing.set(userId, refresh);
    return refresh;
  }

  private async refresh(userId: string, need: Need): Promise<FreshToken> {
    try {
      const em = this.orm.em.fork();
      const row = await this.limit(() =>
        em.transactional((transaction) => this.refreshLocked(transaction, userId, need)),
      );
      this.unstored.delete(userId);
      if (row?.relinkRequiredAt && !row.relinkSaid) await this.sayRelink(row);
      return await this.open(em, usable(row), true);
    } catch (error) {
      if (error instanceof Refused) {
        this.log.warn({ user_id: userId, code: error.code, reason: error.message }, 'no fresh token');
      }
      if (this.unstored.has(userId)) this.storeLater();
      throw error;
    }
  }

  /** What cannot be said now is said by the next sweep; the answer does not depend on it. */
  private async sayRelink(row: VaultRow): Promise<void> {
    await announceLink(this.store, this.orm.em, row).catch((error: unknown) =>
      this.log.warn({ err: error, user_id: row.userId }, 'that a person has to sign in again is said later'),
    );
  }

  private storeLater(): void {
    if (this.stopping) return;
    this.storing ??= setTimeout(() => {
      this.storing = undefined;
      void this.storeHeld();
    }, STORE_AGAIN_MS);
  }

  private async storeHeld(): Promise<void> {
    for (const userId of [...this.unstored.keys()]) {
      await this.of(userId).catch((error: unknown) =>
        this.log.warn({ err: error, user_id: userId }, 'a refreshed token could not be stored yet'),
      );
    }
  }

  /** The last that can be done for what this process alone has. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.storing);
    await this.storeHeld();
  }

  // The lock makes other replicas wait for this refresh, and find its result.
  private async refreshLocked(em: EntityManager, userId: string, need: Need): Promise<VaultRow | null> {
    const secrets = await this.vault.secretsOf(em, userId);
    const row = await em.findOne(
      VaultEntry,
      { userId, provider: PROVIDER },
      { lockMode: LockMode.PESSIMISTIC_WRITE },
    );
    const now = new Date();
    if (!row || row.removedAt) return row;
    if (row.refreshToken === NO_REFRESH_TOKEN) {
      const { rejectedHash } = need;
      if (!(await this.ifGood(em, row, now, { rejectedHash }))) row.relinkRequiredAt ??= now;
      return row;
    }
    const refreshToken = await this.vault.openToken(em, row, 'refreshToken');
    const last = this.unstored.get(userId);
    const held = last?.of === refreshToken ? last : undefined;
    if (!held && (row.relinkRequiredAt || (await this.ifGood(em, row, now, need)))) return row;
    try {
      const { fresh, at } = await this.refreshed(userId, refreshToken, held, now, need);
      // Another replica may have been refused with the one that was replaced by what is held here.
      row.relinkRequiredAt = null;
      row.relinkSaid = false;
      const tokens = { accessToken: fresh.accessToken, refreshToken: fresh.refreshToken ?? refreshToken };
      Object.assign(row, this.vault.sealTokens(secrets, tokens));
      row.expiresAt = new Date(at.getTime() + fresh.expiresIn * 1000);
      if (fresh.scope !== undefined) row.scopes ??= scopesIn(fresh.scope);
    } catch (error) {
      if (!(error instanceof GrantEnded)) throw error;
      row.relinkRequiredAt = now;
    }
    return row;
  }

  private async refreshed(
    userId: string,
    refreshToken: string,
    held: Refreshed | undefined,
    now: Date,
    { rejectedHash }: Need,
  ): Promise<Refreshed> {
    if (held && isStillGood(held, now) && hashOf(held.fresh.accessToken) !== rejectedHash) return held;
    const newest = held?.fresh.refreshToken ?? refreshToken;
    const told = await this.accounts.refresh(newest);
    const fresh = { ...told, refreshToken: told.refreshToken ?? newest };
    const refreshed = { of: refreshToken, fresh, at: now };
    this.unstored.set(userId, refreshed);
    return refreshed;
  }

  private async ifGood(
    em: EntityManager,
    row: VaultRow,
    now: Date,
    need: Need,
  ): Promise<FreshToken | undefined> {
    if (!isFresh(row, now, need)) return undefined;
    const token = await this.open(em, row, false);
    return hashOf(token.accessToken) === need.rejectedHash ? undefined : token;
  }

  private async open(em: EntityManager, row: VaultRow, refreshed: boolean): Promise<FreshToken> {
    const accessToken = await this.vault.openToken(em, row, 'accessToken');
    return { accessToken, expiresAt: row.expiresAt, refreshed };
  }
}

export const notLinked = (): Refused =>
  new Refused('NOT_LINKED', 'no Spotify account is linked: store its tokens first');

function usable(row: VaultRow | null): VaultRow {
  if (!row || row.removedAt) throw notLinked();
  if (row.relinkRequiredAt) {
    throw new Refused(
      'RELINK_REQUIRED',
      'Spotify no longer accepts the stored tokens: sign in at Spotify again and store the new ones',
    );
  }
  return row;
}
