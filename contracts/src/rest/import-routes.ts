import { z } from 'zod';
import { flag } from '../flag.js';
import { id } from '../id.js';
import { importsQuery, shownImport, skippedRow, skippedRowsQuery } from '../listening/import.js';
import { queuedTask } from './queued-task.js';
import { defineRoute } from './route.js';

/** Data exports. */
export const importRoutes = {
  createImport: defineRoute({
    id: 'createImport',
    method: 'POST',
    path: '/api/imports',
    tag: 'imports',
    summary: 'Upload a Spotify data export',
    description:
      'The zip that Spotify sends, or one JSON file of it, in the part `file`. Works without a Spotify app. The task’s result says what became of every row, and `snapshots_task_id`, which task computes snapshots from the plays that were kept: for the 4, 26 and 52 weeks that end with the last day of the history. With `dry_run` the task’s result has the whole report, and nothing is kept.',
    access: { owner: 'user_id' },
    errors: ['USER_NOT_FOUND'],
    input: z.strictObject({
      user_id: id,
      dry_run: flag.optional().meta({ description: 'Say what would become of every row, and keep nothing.' }),
    }),
    from: 'multipart',
    success: { status: 202, body: queuedTask, description: 'The task to follow; its id is the import’s' },
  }),
  listImports: defineRoute({
    id: 'listImports',
    method: 'GET',
    path: '/api/imports',
    tag: 'imports',
    summary: 'Read the reports of a person’s imports, newest first',
    description: 'Those that were taken back are not there.',
    access: { owner: 'user_id' },
    errors: [],
    input: importsQuery,
    from: 'query',
    success: { status: 200, body: z.array(shownImport), description: 'Reports; the next page is in `Link`' },
  }),
  takeBackImport: defineRoute({
    id: 'takeBackImport',
    method: 'DELETE',
    path: '/api/imports/{import_id}',
    tag: 'imports',
    summary: 'Take an import back',
    description:
      'Its plays leave every number, what they had replaced returns, and the snapshots that rested on them are computed again or withdrawn. What another import or Spotify told too stays.',
    access: { owner: 'import_id' },
    errors: ['IMPORT_NOT_FOUND'],
    input: z.strictObject({ import_id: id }),
    from: 'query',
    success: { status: 202, body: queuedTask, description: 'The task to follow' },
  }),
  listImportRows: defineRoute({
    id: 'listImportRows',
    method: 'GET',
    path: '/api/imports/{import_id}/rows',
    tag: 'imports',
    summary: 'Read which rows of an import were not kept, and why',
    description:
      'In the order of its files. Imports of earlier releases and dry runs have none written down.',
    access: { owner: 'import_id' },
    errors: ['IMPORT_NOT_FOUND'],
    input: skippedRowsQuery,
    from: 'query',
    success: { status: 200, body: z.array(skippedRow), description: 'Rows; the next page is in `Link`' },
  }),
  getImport: defineRoute({
    id: 'getImport',
    method: 'GET',
    path: '/api/imports/{import_id}',
    tag: 'imports',
    summary: 'Read the report of an import',
    access: { owner: 'import_id' },
    errors: ['IMPORT_NOT_FOUND'],
    input: z.strictObject({ import_id: id }),
    from: 'query',
    success: { status: 200, body: shownImport, description: 'What became of every row' },
  }),
} as const;
