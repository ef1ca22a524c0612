import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { ObjectReference } from '@undertone/contracts/object-reference';
import {
  getArchive,
  getExport,
  type PersonalExport as ShownExport,
} from '@undertone/contracts/personal-data/personal-export';
import { FieldEncryption } from '@undertone/platform/crypto/field-encryption';
import { SEAL_BYTES } from '@undertone/platform/crypto/sealed-stream';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { hashOf } from '../secrets/random-secret.js';
import { linkCode } from './export-links.js';
import { PersonalExport, type PersonalExportRow } from './personal-export.entity.js';

@Controller()
export class ExportQueries {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(FieldEncryption) private readonly encryption: FieldEncryption,
  ) {}

  @Answers(getExport)
  async newest(@Payload(asked(getExport)) { user_id }: { user_id: string }): Promise<ShownExport> {
    const row = await this.orm.em
      .fork()
      .findOne(PersonalExport, { userId: user_id }, { orderBy: { requestedAt: 'desc', id: 'desc' } });
    if (!row) throw new Refused('EXPORT_NOT_FOUND', 'no export was asked for of late');
    const status = statusOf(row, new Date());
    const code = status === 'ready' ? linkCode(this.encryption, row) : undefined;
    return {
      export_id: row.id,
      task_id: row.id,
      status,
      requested_at: row.requestedAt.toISOString(),
      as_of: row.asOf?.toISOString() ?? null,
      size: row.archive ? row.archive.size - SEAL_BYTES : null,
      link: code === undefined ? null : `/api/exports/${code}`,
      expires_at: row.expiresAt?.toISOString() ?? null,
    };
  }

  @Answers(getArchive)
  async archive(
    @Payload(asked(getArchive)) { code }: { code: string },
  ): Promise<{ archive: ObjectReference; file_name: string; user_id: string }> {
    const row = await this.orm.em.fork().findOne(PersonalExport, { linkHash: hashOf(code) });
    if (!row) throw new Refused('EXPORT_NOT_FOUND', 'there is no such export');
    if (!row.archive || statusOf(row, new Date()) !== 'ready') {
      throw new Refused('EXPORT_EXPIRED', 'the link has expired, and the archive is deleted');
    }
    const day = row.asOf?.toISOString().slice(0, 10);
    return { archive: row.archive, file_name: `undertone-export-${day}.zip`, user_id: row.userId };
  }
}

function statusOf(row: PersonalExportRow, now: Date): ShownExport['status'] {
  if (!row.endedAt) return 'pending';
  if (!row.expiresAt) return 'failed';
  return row.archive && row.expiresAt > now ? 'ready' : 'expired';
}
