import { LockMode } from '@mikro-orm/core';
import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { Role } from '@undertone/contracts/access/principal';
import { id } from '@undertone/contracts/id';
import type { Account, IssuedCode } from '@undertone/contracts/sign-in/account';
import {
  changeRoles,
  createInvitation,
  createPasswordCode,
  listAccounts,
} from '@undertone/contracts/sign-in/rpc';
import { FieldEncryption } from '@undertone/platform/crypto/field-encryption';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { KeysetCursor } from '@undertone/platform/rpc/keyset-cursor';
import type { Page } from '@undertone/platform/rpc/page';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { issueInvitation, issuePasswordCode } from '../codes/one-time-codes.js';
import { Sessions } from '../sessions/sessions.js';
import { openPerson } from '../users/personal-data.js';
import { unknownUser } from '../users/profile.js';
import { rolesOf } from '../users/roles.js';
import { User, type UserRow } from '../users/user.entity.js';

const accounts = new KeysetCursor('accounts', id);

/** What admins do about who may sign in. */
@Controller()
export class AccountCommands {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(FieldEncryption) private readonly encryption: FieldEncryption,
    @Inject(Sessions) private readonly sessions: Sessions,
  ) {}

  @Answers(listAccounts)
  async list(
    @Payload(asked(listAccounts)) { limit, cursor }: { limit: number; cursor?: string | undefined },
  ): Promise<Page<Account>> {
    const before = cursor === undefined ? {} : { id: { $lt: accounts.read(cursor) } };
    const rows = await this.orm.em
      .fork()
      .find(User, before, { orderBy: { id: 'desc' }, limit: limit + 1, disableIdentityMap: true });
    const shown = rows.slice(0, limit).map((row) => this.shown(row));
    return accounts.page(rows, shown, (row) => row.id);
  }

  @Answers(createInvitation)
  async invite(@Payload(asked(createInvitation)) { admin }: { admin: boolean }): Promise<IssuedCode> {
    return said(await issueInvitation(this.orm.em.fork(), admin));
  }

  @Answers(createPasswordCode)
  async passwordCode(
    @Payload(asked(createPasswordCode)) { user_id }: { user_id: string },
  ): Promise<IssuedCode> {
    const issued = await this.orm.em.fork().transactional(async (em) => {
      if ((await em.count(User, { id: user_id })) === 0) throw unknownUser();
      return issuePasswordCode(em, user_id);
    });
    return said(issued);
  }

  @Answers(changeRoles)
  async changeRoles(
    @Payload(asked(changeRoles)) { user_id, roles }: { user_id: string; roles: Role[] },
  ): Promise<Account> {
    const isAdmin = roles.includes('admin');
    const { row, isChanged } = await this.orm.em.fork().transactional(async (em) => {
      // All admins are locked, in one order, so that two cannot each take the other's role at once.
      const admins = await em.find(
        User,
        { isAdmin: true },
        { orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE },
      );
      const row = await em.findOne(User, { id: user_id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (!row) throw unknownUser();
      if (!isAdmin && row.isAdmin && admins.length === 1) {
        throw new Refused('LAST_ADMIN', 'there would be no admin left: make somebody else one first');
      }
      const isChanged = row.isAdmin !== isAdmin;
      if (isChanged) Object.assign(row, { isAdmin, updatedAt: new Date() });
      return { row, isChanged };
    });
    if (isChanged) await this.sessions.end(user_id);
    return this.shown(row);
  }

  private shown(row: UserRow): Account {
    return {
      user_id: row.id,
      display_name: openPerson(this.encryption, row).displayName,
      roles: rolesOf(row),
      signs_in_by: row.passwordHash == null ? [] : ['password'],
      created_at: row.createdAt.toISOString(),
    };
  }
}

const said = ({ code, expiresAt }: { code: string; expiresAt: Date }): IssuedCode => ({
  code,
  expires_at: expiresAt.toISOString(),
});
