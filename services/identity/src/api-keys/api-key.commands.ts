import { LockMode } from '@mikro-orm/core';
import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { Principal, Role, Scope } from '@undertone/contracts/access/principal';
import {
  API_KEY_PREFIX,
  type ApiKeyRequest,
  MOST_API_KEYS,
  type NewApiKey,
  type ApiKey as ShownKey,
} from '@undertone/contracts/sign-in/api-key';
import { createApiKey, getApiKey, listApiKeys, revokeApiKey } from '@undertone/contracts/sign-in/rpc';
import { newId } from '@undertone/platform/ids/ids';
import { Answers, asked, Caller } from '@undertone/platform/nest/answers';
import { Refused, wrongField } from '@undertone/platform/rpc/rpc-client';
import { byCaller, recordAudit } from '../audit/record-audit.js';
import { hashOf, randomSecret } from '../secrets/random-secret.js';
import { Revocations } from '../sessions/revocations.js';
import { Sessions } from '../sessions/sessions.js';
import { unknownUser } from '../users/profile.js';
import { rolesOf } from '../users/roles.js';
import { User } from '../users/user.entity.js';
import { ApiKey, type ApiKeyRow } from './api-key.entity.js';

const DAY_MS = 24 * 60 * 60 * 1000;
/** How often a key's last use is noted, at most. */
const NOTED_MS = 60_000;

/** Keys that people make for programs. */
@Controller()
export class ApiKeyCommands {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(Sessions) private readonly sessions: Sessions,
    @Inject(Revocations) private readonly revocations: Revocations,
  ) {}

  @Answers(createApiKey)
  async create(
    @Payload(asked(createApiKey))
    { user_id, name, scopes, expires_in_days }: ApiKeyRequest & { user_id: string },
    @Caller() caller: Principal,
  ): Promise<NewApiKey> {
    const { session_id } = caller;
    const now = new Date();
    const key = `${API_KEY_PREFIX}${randomSecret()}`;
    const row = await this.orm.em.fork().transactional(async (em) => {
      const user = await em.findOne(User, { id: user_id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (!user) throw unknownUser();
      if (session_id !== undefined) await this.sessions.mustGoOn(em, user_id, session_id);
      if (scopes.includes('admin') && !user.isAdmin) {
        throw wrongField('scopes', 'only an admin’s key may have the scope "admin"');
      }
      const yesterday = { $lt: new Date(now.getTime() - DAY_MS) };
      await em.nativeDelete(ApiKey, {
        userId: user_id,
        $or: [{ endedAt: yesterday }, { expiresAt: yesterday }],
      });
      if ((await em.count(ApiKey, goodOf(user_id, now))) >= MOST_API_KEYS) {
        throw wrongField('name', `would be the ${MOST_API_KEYS + 1}st key: revoke one that is not needed`);
      }
      const id = newId();
      const targets = { key_id: id, scopes };
      await recordAudit(em, { what: 'key-made', ...byCaller(caller), targets, at: now.toISOString() });
      return em.create(ApiKey, {
        id,
        userId: user_id,
        name,
        keyHash: hashOf(key),
        scopes: [...new Set(scopes)],
        createdAt: now,
        expiresAt: expires_in_days === null ? null : new Date(now.getTime() + expires_in_days * DAY_MS),
        lastUsedAt: null,
        endedAt: null,
      });
    });
    return { ...shown(row), key };
  }

  @Answers(listApiKeys)
  async list(@Payload(asked(listApiKeys)) { user_id }: { user_id: string }): Promise<{ keys: ShownKey[] }> {
    const rows = await this.orm.em.fork().find(ApiKey, goodOf(user_id, new Date()), {
      orderBy: { id: 'desc' },
      limit: MOST_API_KEYS,
      disableIdentityMap: true,
    });
    return { keys: rows.map(shown) };
  }

  @Answers(revokeApiKey)
  async revoke(
    @Payload(asked(revokeApiKey)) { user_id, key_id }: { user_id: string; key_id: string },
    @Caller() caller: Principal,
  ): Promise<{ ended: number }> {
    const endedAt = new Date();
    const ended = await this.orm.em.fork().transactional(async (em) => {
      const good = { id: key_id, userId: user_id, endedAt: null };
      const count = await em.nativeUpdate(ApiKey, good, { endedAt });
      if (count === 0) throw new Refused('KEY_NOT_FOUND', 'there is no such key, or it was revoked');
      const action = { what: 'key-ended', ...byCaller(caller), targets: { key_id } };
      await recordAudit(em, { ...action, at: endedAt.toISOString() });
      return count;
    });
    await this.revocations.write();
    return { ended };
  }

  @Answers(getApiKey)
  async get(@Payload(asked(getApiKey)) { hash }: { hash: string }): Promise<{
    key: {
      key_id: string;
      user_id: string;
      scopes: Scope[];
      roles: Role[];
      exp: number | null;
    } | null;
  }> {
    const em = this.orm.em.fork();
    const row = await em.findOne(ApiKey, { keyHash: hash, endedAt: null }, { disableIdentityMap: true });
    const now = new Date();
    if (!row || (row.expiresAt != null && row.expiresAt <= now)) return { key: null };
    const user = await em.findOne(User, { id: row.userId }, { fields: ['isAdmin'] });
    if (!user) return { key: null };
    if (row.lastUsedAt == null || now.getTime() - row.lastUsedAt.getTime() > NOTED_MS) {
      await em.nativeUpdate(ApiKey, { id: row.id }, { lastUsedAt: now });
    }
    const exp = row.expiresAt == null ? null : Math.floor(row.expiresAt.getTime() / 1000);
    // Whoever is no admin any more has no admin's key, either.
    const scopes = row.scopes.filter((one) => one !== 'admin' || user.isAdmin);
    return { key: { key_id: row.id, user_id: row.userId, scopes, roles: rolesOf(user), exp } };
  }
}

const goodOf = (userId: string, now: Date) => ({
  userId,
  endedAt: null,
  $or: [{ expiresAt: null }, { expiresAt: { $gt: now } }],
});

const shown = ({ id, name, scopes, createdAt, expiresAt, lastUsedAt }: ApiKeyRow): ShownKey => ({
  key_id: id,
  name,
  scopes,
  created_at: createdAt.toISOString(),
  expires_at: expiresAt?.toISOString() ?? null,
  last_used_at: lastUsedAt?.toISOString() ?? null,
});
