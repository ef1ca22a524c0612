import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { Principal } from '@undertone/contracts/access/principal';
import type { Connection } from '@undertone/contracts/token/connection';
import { accessToken, expiringTokens, linkedUsers, listConnections } from '@undertone/contracts/token/rpc';
import { Answers, asked, Caller } from '@undertone/platform/nest/answers';
import { NO_REFRESH_TOKEN, VaultEntry, type VaultRow } from '../vault/vault-entry.entity.js';
import { authorizationEnd } from './authorization.js';
import { FreshTokens } from './fresh-tokens.js';
import { TokenUses } from './token-uses.js';

@Controller()
export class LinkQueries {
  constructor(
    @Inject(FreshTokens) private readonly tokens: FreshTokens,
    @Inject(TokenUses) private readonly uses: TokenUses,
    @Inject(MikroORM) private readonly orm: MikroORM,
  ) {}

  /** A token whose use cannot be written down is not handed out. */
  @Answers(accessToken)
  async accessToken(
    @Payload(asked(accessToken))
    question: {
      user_id: string;
      rejected_token_hash?: string | undefined;
      task_id?: string | undefined;
    },
    @Caller() caller: Principal,
  ): Promise<{ access_token: string; expires_at: string }> {
    const { user_id: userId, rejected_token_hash, task_id: taskId } = question;
    const {
      accessToken: token,
      expiresAt,
      refreshed,
    } = await this.tokens.of(userId, {
      rejectedHash: rejected_token_hash,
    });
    await this.uses.add({ userId, caller, taskId, refreshed });
    return { access_token: token, expires_at: expiresAt.toISOString() };
  }

  @Answers(linkedUsers)
  async linked(
    @Payload(asked(linkedUsers)) { user_ids }: { user_ids: string[] },
  ): Promise<{ user_ids: string[] }> {
    const rows = await this.orm.em.fork().find(
      VaultEntry,
      {
        userId: { $in: user_ids },
        provider: 'spotify',
        relinkRequiredAt: null,
        removedAt: null,
        $or: [{ refreshToken: { $ne: NO_REFRESH_TOKEN } }, { expiresAt: { $gt: new Date() } }],
      },
      { orderBy: { userId: 'asc' }, fields: ['userId'], disableIdentityMap: true },
    );
    return { user_ids: rows.map(({ userId }) => userId) };
  }

  @Answers(expiringTokens)
  async expiring(
    @Payload(asked(expiringTokens)) {
      user_ids,
      within_minutes,
    }: {
      user_ids: string[];
      within_minutes: number;
    },
  ): Promise<{ user_ids: string[] }> {
    const due = await this.orm.em.fork().execute<{ user_id: string }[]>(
      `select user_id from vault_entry v
       where user_id = any(?::uuid[]) and expires_at < now() + make_interval(mins => ?) and relink_required_at is null and removed_at is null and refresh_token <> ''
         and exists (select from token_use u where u.user_id = v.user_id and u.used_at > now() - interval '1 hour')
       order by user_id`,
      [`{${user_ids.join(',')}}`, within_minutes],
    );
    return { user_ids: due.map(({ user_id }) => user_id) };
  }

  @Answers(listConnections)
  async connections(
    @Payload(asked(listConnections)) { user_id: userId }: { user_id: string },
  ): Promise<{ connections: Connection[] }> {
    const rows = await this.orm.em
      .fork()
      .find(VaultEntry, { userId, removedAt: null }, { orderBy: { provider: 'asc' } });
    return { connections: rows.map(shown) };
  }
}

function shown(row: VaultRow): Connection {
  const { provider, scopes, storedAt, expiresAt } = row;
  const isLent = row.refreshToken === NO_REFRESH_TOKEN;
  const ends = isLent ? expiresAt : authorizationEnd(storedAt);
  const over = row.relinkRequiredAt ?? (isLent && ends < new Date() ? ends : undefined);
  return {
    provider,
    state: over ? 'reauth_required' : 'connected',
    scopes: scopes ?? null,
    connected_at: storedAt.toISOString(),
    ends_at: ends.toISOString(),
    reauth_required_at: over?.toISOString() ?? null,
  };
}
