import { defineEntity, p } from '@mikro-orm/core';
import type { ImportReport as Report } from '@undertone/contracts/listening/import';
import type { ObjectReference } from '@undertone/contracts/object-reference';

/** Read model: what became of each import, and where in the log that is. */
export const ImportReport = defineEntity({
  name: 'ImportReport',
  tableName: 'import_report',
  indexes: [{ name: 'import_report_user_id_index', properties: ['userId'] }],
  properties: {
    /** Of the import, which is its job's. */
    id: p.uuid().primary(),
    userId: p.uuid(),
    report: p.json<Report>(),
    sequence: p.bigint('number'),
    /** Where its streams are; null: it has none, or a replica of an earlier release wrote the row. */
    streams: p.json<ObjectReference>().nullable(),
    /** Where its rows are that were not kept; null: nowhere. */
    skippedRows: p.json<ObjectReference>().nullable(),
    /** Of the event that took it back; null: it stands. */
    takenBack: p.bigint('number').nullable(),
  },
});
