import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { owns, type Principal } from '@undertone/contracts/access/principal';
import { getImport, type ShownImport } from '@undertone/contracts/listening/import';
import { Answers, asked, Caller } from '@undertone/platform/nest/answers';
import { ImportReport } from '../plays/import-report.entity.js';
import { snapshotsTaskId } from './request-snapshots.js';

@Controller()
export class ImportQueries {
  constructor(@Inject(MikroORM) private readonly orm: MikroORM) {}

  /** What became of an import that is done. */
  @Answers(getImport)
  async get(
    @Payload(asked(getImport)) question: { import_id: string },
    @Caller() caller: Principal,
  ): Promise<{ report: ShownImport | null }> {
    const row = await this.orm.em.fork().findOne(ImportReport, { id: question.import_id });
    if (!row || !owns(caller, row.report.user_id)) return { report: null };
    return { report: { ...row.report, snapshots_task_id: snapshotsTaskId(row.report) } };
  }
}
