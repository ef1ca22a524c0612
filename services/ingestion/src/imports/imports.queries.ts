import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { owns, type Principal } from '@undertone/contracts/access/principal';
import {
  getImport,
  type ImportRowsQuestion,
  type ImportsQuestion,
  listImportRows,
  listImports,
  type ShownImport,
  type SkippedRow,
} from '@undertone/contracts/listening/import';
import { Answers, asked, Caller } from '@undertone/platform/nest/answers';
import { OBJECT_STORAGE } from '@undertone/platform/nest/tokens';
import { ObjectMissing, type ObjectStorage } from '@undertone/platform/objects/object-storage';
import { sequenceKey } from '@undertone/platform/rpc/cursor-keys';
import { KeysetCursor } from '@undertone/platform/rpc/keyset-cursor';
import type { Page } from '@undertone/platform/rpc/page';
import { z } from 'zod';
import { ImportReport } from '../plays/import-report.entity.js';
import { snapshotsTaskId } from './request-snapshots.js';
import { skippedRowsAfter } from './skipped-rows.js';

/** The sequence of a page's last import. */
const listCursors = new KeysetCursor('imports', sequenceKey);

/** The file's place in the report's list, and the row. */
const rowCursors = new KeysetCursor('import-rows', z.tuple([z.int(), z.int()]));

@Controller()
export class ImportQueries {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(OBJECT_STORAGE) private readonly storage: ObjectStorage,
  ) {}

  /** What became of an import that is done. */
  @Answers(getImport)
  async get(
    @Payload(asked(getImport)) question: { import_id: string },
    @Caller() caller: Principal,
  ): Promise<{ report: ShownImport | null }> {
    const row = await this.find(question.import_id, caller);
    return { report: row && shown(row) };
  }

  /** A person's imports, newest first. */
  @Answers(listImports)
  async list(@Payload(asked(listImports)) question: ImportsQuestion): Promise<Page<ShownImport>> {
    const cursors = listCursors.for(question);
    const rows = await this.orm.em.fork().find(
      ImportReport,
      {
        userId: question.user_id,
        takenBack: null,
        ...(question.cursor !== undefined && { sequence: { $lt: cursors.read(question.cursor) } }),
      },
      { orderBy: { sequence: 'desc' }, limit: question.limit + 1 },
    );
    const items = rows.slice(0, question.limit).map(shown);
    return cursors.page(rows, items, ({ sequence }) => sequence);
  }

  /** Which rows were not kept, in the order of the files. */
  @Answers(listImportRows)
  async rows(
    @Payload(asked(listImportRows)) { import_id, reason, cursor, limit }: ImportRowsQuestion,
    @Caller() caller: Principal,
  ): Promise<{ page: Page<SkippedRow> | null }> {
    const row = await this.find(import_id, caller);
    if (!row) return { page: null };
    const kept = row.report.kept === row.report.rows;
    if (!row.skippedRows) return { page: kept ? { items: [], next: null } : null };
    const cursors = rowCursors.for({ import_id, reason });
    const [file, at] = cursor === undefined ? [] : cursors.read(cursor);
    const after = file === undefined || at === undefined ? undefined : { file, row: at };
    try {
      const object = await this.storage.get(row.skippedRows);
      const rows = await skippedRowsAfter(object, after, reason, limit + 1);
      const items = rows.slice(0, limit).map(({ file: place, detail, ...skipped }) => ({
        file: row.report.files[place]?.name ?? '',
        ...skipped,
        ...(detail !== undefined && { detail }),
      }));
      return { page: cursors.page(rows, items, (last) => [last.file, last.row]) };
    } catch (error) {
      if (error instanceof ObjectMissing) return { page: null };
      throw error;
    }
  }

  private async find(id: string, caller: Principal) {
    const row = await this.orm.em.fork().findOne(ImportReport, { id, takenBack: null });
    return row && owns(caller, row.report.user_id) ? row : null;
  }
}

const shown = ({
  report,
}: {
  readonly report: ShownImport | Omit<ShownImport, 'snapshots_task_id'>;
}): ShownImport => ({
  ...report,
  snapshots_task_id: snapshotsTaskId(report),
});
