import { z } from 'zod';
import { id } from '../id.js';
import { cursor, limit, pageSchema } from '../paging.js';
import { defineRpc } from '../rpc.js';

/** Why a row of an export is not kept. Every row ends as kept, or in exactly one of these. */
export const skipReason = z
  .enum([
    'incognito',
    'too_short_and_skipped',
    'duplicate_in_import',
    'duplicate_of_history',
    'duplicate_of_spotify',
    'in_the_future',
    'music_video',
    'not_music',
    'unreadable',
  ])
  .meta({
    id: 'SkipReason',
    description:
      '`too_short_and_skipped`: not long enough for a listen; `duplicate_of_history`: an earlier import has it; `duplicate_of_spotify`: Spotify’s API gave it before (earlier releases alone: now an import’s row stands for what the API gave); `in_the_future`: it ends more than an hour after the import; `music_video`: a track in a file of videos; `not_music`: podcast, audiobook or video.',
  });
export type SkipReason = z.output<typeof skipReason>;

export const skippedRows = z.partialRecord(skipReason, z.int().min(1));
export type SkippedRows = z.output<typeof skippedRows>;

/** What kind of file a member of an export is. */
export const exportFileKind = z.enum(['extended', 'account_data', 'not_history']).meta({
  id: 'ExportFileKind',
  description:
    'By its rows, or by its name where they do not say. `not_history`: named here and passed over.',
});
export type ExportFileKind = z.output<typeof exportFileKind>;

/** The report of an import: `rows = kept + Σ skipped`. */
export const importReport = z
  .object({
    import_id: id.meta({ description: 'The same as the task’s id.' }),
    user_id: id,
    rows: z.int().min(0),
    kept: z.int().min(0),
    skipped: skippedRows,
    replaced: z.int().min(1).optional().meta({
      description:
        'Earlier plays, of account data, of an older export or of an API, that kept rows stand for more exactly. Absent: none.',
    }),
    plays_lost: z
      .literal(true)
      .optional()
      .meta({ description: 'The kept plays are no longer in object storage: import the export again.' }),
    files: z.array(
      z.object({
        name: z.string(),
        kind: exportFileKind,
        rows: z.int().min(0),
        kept: z.int().min(0),
        fault: z.string().optional().meta({
          description:
            'The file is damaged and was left out as a whole, the others were not. Absent: it was read.',
        }),
      }),
    ),
    unreadable: z
      .array(z.object({ file: z.string(), row: z.int().min(1), reason: z.string() }))
      .max(100)
      .meta({ description: 'The first hundred unreadable rows, each with its file and position from 1.' }),
    first_played_at: z.iso.datetime().nullable(),
    last_played_at: z.iso.datetime().nullable(),
    covers: z.object({ from: z.iso.datetime(), to: z.iso.datetime() }).optional().meta({
      description:
        'The ends of the first and the last stream that the export tells of, kept or not: of the time between them it tells all. Absent: it has none, or an earlier release read it.',
    }),
    listen_rule: z.string().optional().meta({
      description:
        'The version of the rule that says what is a listen: docs/measures.md. Absent: an earlier release read it.',
    }),
    imported_at: z.iso.datetime(),
  })
  .meta({ id: 'ImportReport' });
export type ImportReport = z.output<typeof importReport>;

const snapshotsTask = id.nullable().meta({
  description: 'The task that computes snapshots from what was kept; null: nothing was.',
});

/** A report as clients see it. */
export const shownImport = importReport
  .extend({ snapshots_task_id: snapshotsTask })
  .meta({ id: 'Import', description: 'What became of every row: `rows = kept + Σ skipped`.' });
export type ShownImport = z.output<typeof shownImport>;

export const getImport = defineRpc({
  service: 'ingestion',
  question: 'get-import',
  access: { owner: 'import_id' },
  input: z.object({ import_id: id }),
  output: z.object({ report: shownImport.nullable() }),
});

export const importsQuery = z.strictObject({ user_id: id, limit, cursor });

export const listImports = defineRpc({
  service: 'ingestion',
  question: 'list-imports',
  access: { owner: 'user_id' },
  input: z.object({ user_id: id, limit, cursor }),
  output: pageSchema(shownImport),
});
export type ImportsQuestion = z.output<typeof listImports.input>;

/** A row that was not kept. */
export const skippedRow = z
  .object({
    file: z.string(),
    row: z.int().min(1).meta({ description: 'Its position in the file, from 1.' }),
    reason: skipReason,
    detail: z
      .string()
      .optional()
      .meta({ description: 'Of an unreadable one: what is wrong, without its values.' }),
  })
  .meta({ id: 'SkippedRow' });
export type SkippedRow = z.output<typeof skippedRow>;

const skippedRowsAsked = {
  import_id: id,
  reason: skipReason.optional().meta({ description: 'Rows of this reason alone.' }),
  limit,
  cursor,
};
export const skippedRowsQuery = z.strictObject(skippedRowsAsked);

export const listImportRows = defineRpc({
  service: 'ingestion',
  question: 'list-import-rows',
  access: { owner: 'import_id' },
  input: z.object(skippedRowsAsked),
  output: z.object({
    page: pageSchema(skippedRow)
      .nullable()
      .meta({ description: 'Null: there is no such import, or nobody wrote its rows down.' }),
  }),
  timeoutMs: 15_000,
});
export type ImportRowsQuestion = z.output<typeof listImportRows.input>;
