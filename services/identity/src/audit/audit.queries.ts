import type { FilterQuery } from '@mikro-orm/core';
import { type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { AuditQuery, AuditRecord as Shown } from '@undertone/contracts/audit/audit';
import { listAudit } from '@undertone/contracts/audit/rpc';
import { nobody } from '@undertone/contracts/id';
import { pseudonymOf } from '@undertone/platform/ids/pseudonym';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { sequenceKey } from '@undertone/platform/rpc/cursor-keys';
import { KeysetCursor } from '@undertone/platform/rpc/keyset-cursor';
import type { Page } from '@undertone/platform/rpc/page';
import { AuditRecord, type AuditRow } from './audit-record.entity.js';
import { usersBehind } from './users-behind.js';

const allCursors = new KeysetCursor('audit', sequenceKey);

@Controller()
export class AuditQueries {
  constructor(@Inject(MikroORM) private readonly orm: MikroORM) {}

  @Answers(listAudit)
  async list(@Payload(asked(listAudit)) query: AuditQuery): Promise<Page<Shown>> {
    const cursors = allCursors.for(query);
    const em = this.orm.em.fork();
    const after = query.cursor === undefined ? {} : before(cursors.read(query.cursor));
    const where = { $and: [wanted(query), after] };
    const options = {
      orderBy: { sequence: 'desc' },
      limit: query.limit + 1,
      disableIdentityMap: true,
    } as const;
    const rows = await em.find(AuditRecord, where, options);
    return cursors.page(rows, await shown(em, rows.slice(0, query.limit)), ({ sequence }) => sequence);
  }
}

/** A person is named by their id, or by the pseudonym that an entry has. */
const called = (id: string): string[] => [id, pseudonymOf(id)];

const before = (sequence: number): FilterQuery<AuditRow> => ({ sequence: { $lt: sequence } });

const wanted = ({ actor, subject, what, since, until }: AuditQuery): FilterQuery<AuditRow> => ({
  ...(actor !== undefined && { actor: { $in: called(actor) } }),
  ...(subject !== undefined && { subject: { $in: called(subject) } }),
  ...(what !== undefined && { what }),
  ...((since ?? until) !== undefined && {
    at: { ...(since && { $gte: new Date(since) }), ...(until && { $lt: new Date(until) }) },
  }),
});

async function shown(em: EntityManager, rows: readonly AuditRow[]): Promise<Shown[]> {
  const users = await usersBehind(
    em,
    new Set(rows.flatMap(({ actor, subject }) => [actor, subject ?? []].flat())),
  );
  return rows.map((row) => ({
    id: row.id,
    at: row.at.toISOString(),
    what: row.what,
    actor: row.actor === nobody ? null : row.actor,
    actor_user_id: users.get(row.actor) ?? null,
    by: row.calledBy,
    is_admin: row.isAdmin,
    credential: row.credential ?? null,
    subject: row.subject ?? null,
    subject_user_id: users.get(row.subject ?? '') ?? null,
    targets: row.targets,
    status: row.status ?? null,
    code: row.code ?? null,
    denied: row.denied ?? null,
  }));
}
