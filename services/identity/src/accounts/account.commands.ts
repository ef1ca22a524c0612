import { LockMode } from '@mikro-orm/core';
import { type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { Principal, Role } from '@undertone/contracts/access/principal';
import { id } from '@undertone/contracts/id';
import type { Account, IssuedCode } from '@undertone/contracts/sign-in/account';
import {
  changeRoles,
  createInvitation,
  createPasswordCode,
  listAccounts,
} from '@undertone/contracts/sign-in/rpc';
import { FieldEncryption } from '@undertone/platform/crypto/field-encryption';
import { pseudonymOf } from '@undertone/platform/ids/pseudonym';
import { Answers, asked, Caller } from '@undertone/platform/nest/answers';
import { KeysetCursor } from '@undertone/platform/rpc/keyset-cursor';
import type { Page } from '@undertone/platform/rpc/page';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { endKeys, keyMustBeGood } from '../api-keys/end-keys.js';
import { type Action, byCaller, recordAudit } from '../audit/record-audit.js';
import { issueInvitation, issuePasswordCode, withdrawCodesOf } from '../codes/one-time-codes.js';
import { Providers } from '../providers/providers.js';
import { Revocations } from '../sessions/revocations.js';
import { Sessions } from '../sessions/sessions.js';
import { openPerson } from '../users/personal-data.js';
import { unknownUser } from '../users/profile.js';
import { rolesOf } from '../users/roles.js';
import { User, type UserRow } from '../users/user.entity.js';
import { lockedAdmins, mustLeaveAnAdmin } from '../ways-in/last-admin.js';
import { waysToSignIn } from '../ways-in/ways-to-sign-in.js';

const accounts = new KeysetCursor('accounts', id);

/** What admins do about who may sign in. */
@Controller()
export class AccountCommands {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(FieldEncryption) private readonly encryption: FieldEncryption,
    @Inject(Sessions) private readonly sessions: Sessions,
    @Inject(Revocations) private readonly revocations: Revocations,
    @Inject(Providers) private readonly providers: Providers,
  ) {}

  @Answers(listAccounts)
  async list(
    @Payload(asked(listAccounts)) { limit, cursor }: { limit: number; cursor?: string | undefined },
  ): Promise<Page<Account>> {
    const before = cursor === undefined ? {} : { id: { $lt: accounts.read(cursor) } };
    const rows = await this.orm.em
      .fork()
      .find(User, before, { orderBy: { id: 'desc' }, limit: limit + 1, disableIdentityMap: true });
    const shown = await this.shown(rows.slice(0, limit));
    return accounts.page(rows, shown, (row) => row.id);
  }

  @Answers(createInvitation)
  async invite(
    @Payload(asked(createInvitation)) { admin }: { admin: boolean },
    @Caller() caller: Principal,
  ): Promise<IssuedCode> {
    const issued = await this.orm.em.fork().transactional(async (em) => {
      await this.lockAdmins(em, caller);
      await record(em, caller, 'invitation-made', { targets: { admin } });
      return issueInvitation(em, admin, issuerOf(caller));
    });
    return said(issued);
  }

  @Answers(createPasswordCode)
  async passwordCode(
    @Payload(asked(createPasswordCode)) { user_id }: { user_id: string },
    @Caller() caller: Principal,
  ): Promise<IssuedCode> {
    const issued = await this.orm.em.fork().transactional(async (em) => {
      await this.lockAdmins(em, caller, user_id);
      const row = await em.findOne(User, { id: user_id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (!row) throw unknownUser();
      await record(em, caller, 'password-code-made', { subject: pseudonymOf(user_id) });
      return issuePasswordCode(em, user_id, issuerOf(caller));
    });
    return said(issued);
  }

  @Answers(changeRoles)
  async changeRoles(
    @Payload(asked(changeRoles)) { user_id, roles }: { user_id: string; roles: Role[] },
    @Caller() caller: Principal,
  ): Promise<Account> {
    const isAdmin = roles.includes('admin');
    const { row, isChanged } = await this.orm.em.fork().transactional(async (em) => {
      const admins = await this.lockAdmins(em, caller, 'all');
      const row = await em.findOne(User, { id: user_id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (!row) throw unknownUser();
      if (!isAdmin && row.isAdmin) await mustLeaveAnAdmin(em, row, admins, this.providers);
      const isChanged = row.isAdmin !== isAdmin;
      if (!isChanged) return { row, isChanged };
      Object.assign(row, { isAdmin, updatedAt: new Date() });
      const subject = pseudonymOf(user_id);
      await record(em, caller, 'roles-changed', { subject, targets: { roles } });
      await this.sessions.endWithin(em, user_id);
      // Nothing that they gave themselves, or others, as an admin outlives that.
      await endKeys(em, user_id, { onlyAdmins: true });
      await withdrawCodesOf(em, user_id);
      return { row, isChanged };
    });
    if (isChanged) await this.revocations.write();
    const [shown] = await this.shown([row]);
    if (!shown) throw unknownUser();
    return shown;
  }

  /**
   * Locks the caller and others where they are admins, in one order; after that nobody takes a role away from them, and nobody
   * ends what the caller came with, meanwhile.
   * @throws {Refused} `FORBIDDEN` or `SESSION_ENDED`: that was done at the same moment.
   */
  private async lockAdmins(em: EntityManager, caller: Principal, others?: string): Promise<UserRow[]> {
    const issuer = issuerOf(caller);
    const ids = [issuer, others].filter((one) => one != null);
    const admins = await lockedAdmins(em, others === 'all' ? undefined : ids);
    if (issuer === null) return admins;
    if (!admins.some(({ id }) => id === issuer)) {
      throw new Refused('FORBIDDEN', 'the role "admin" was taken away at the same moment');
    }
    const { session_id, key_id } = caller;
    if (session_id !== undefined) await this.sessions.mustGoOn(em, issuer, session_id);
    if (key_id !== undefined) await keyMustBeGood(em, issuer, key_id);
    return admins;
  }

  private async shown(rows: readonly UserRow[]): Promise<Account[]> {
    const ways = await waysToSignIn(this.orm.em.fork(), rows, this.providers);
    return rows.map((row) => ({
      user_id: row.id,
      display_name: openPerson(this.encryption, row).displayName,
      roles: rolesOf(row),
      signs_in_by: ways.get(row.id) ?? [],
      created_at: row.createdAt.toISOString(),
    }));
  }
}

/** A gateway that dies before it has an answer to tell of leaves no grant unknown. */
const record = (
  em: EntityManager,
  caller: Principal,
  what: string,
  to: Pick<Action, 'subject' | 'targets'>,
): Promise<string> => recordAudit(em, { what, ...byCaller(caller), ...to, at: new Date().toISOString() });

const said = ({ code, expiresAt }: { code: string; expiresAt: Date }): IssuedCode => ({
  code,
  expires_at: expiresAt.toISOString(),
});

const issuerOf = ({ who }: Principal): string | null => (who.kind === 'user' ? who.user_id : null);
