import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { id } from '@undertone/contracts/id';
import type { PendingCode } from '@undertone/contracts/sign-in/account';
import { listCodes, withdrawCode } from '@undertone/contracts/sign-in/rpc';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { KeysetCursor } from '@undertone/platform/rpc/keyset-cursor';
import type { Page } from '@undertone/platform/rpc/page';
import type { OneTimeCodeRow } from './one-time-code.entity.js';
import * as codes from './one-time-codes.js';

const cursors = new KeysetCursor('codes', id);

/** What admins do about invitations and codes that were given out. */
@Controller()
export class CodeCommands {
  constructor(@Inject(MikroORM) private readonly orm: MikroORM) {}

  @Answers(listCodes)
  async list(
    @Payload(asked(listCodes)) { limit, cursor }: { limit: number; cursor?: string | undefined },
  ): Promise<Page<PendingCode>> {
    const before = cursor === undefined ? undefined : cursors.read(cursor);
    const rows = await codes.goodCodes(this.orm.em.fork(), limit + 1, before);
    return cursors.page(rows, rows.slice(0, limit).map(shown), (row) => row.id);
  }

  @Answers(withdrawCode)
  async withdraw(@Payload(asked(withdrawCode)) { code_id }: { code_id: string }): Promise<PendingCode> {
    return shown(await codes.withdrawCode(this.orm.em.fork(), code_id));
  }
}

const shown = (row: OneTimeCodeRow): PendingCode => ({
  code_id: row.id,
  is_for: row.purpose,
  user_id: row.userId ?? null,
  admin: row.makesAdmin,
  issued_by: row.issuedBy ?? null,
  by_mail: row.isMailed,
  expires_at: row.expiresAt.toISOString(),
});
