import { z } from 'zod';
import { id } from '../id.js';
import { shownImport } from '../listening/import.js';
import { objectReference } from '../object-reference.js';
import { defineJob } from './job.js';

/** Reads an uploaded data export and keeps its streams, or only says what would become of them. */
export const importHistory = defineJob({
  type: 'import-history',
  queue: 'spotify',
  maxAttempts: 4,
  notRetryable: 'its upload was deleted with it: upload the file again',
  payload: z.object({
    user_id: id,
    upload: objectReference,
    file_name: z.string().max(255),
    dry_run: z.literal(true).optional(),
  }),
  result: shownImport
    .pick({ import_id: true, rows: true, kept: true, skipped: true, snapshots_task_id: true })
    .extend({
      report: shownImport.optional().meta({ description: 'Of a dry run, of which nothing else is kept.' }),
    }),
});
