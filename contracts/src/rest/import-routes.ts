import { z } from 'zod';
import { id } from '../id.js';
import { shownImport } from '../listening/import.js';
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
      'The zip that Spotify sends, or one JSON file of it, in the part `file`. Works without a Spotify app. The task’s result says what became of every row, and `snapshots_task_id`, which task computes snapshots from the plays that were kept: for the 4, 26 and 52 weeks that end with the last day of the history.',
    access: { owner: 'user_id' },
    errors: ['USER_NOT_FOUND'],
    input: z.strictObject({ user_id: id }),
    from: 'multipart',
    success: { status: 202, body: queuedTask, description: 'The task to follow; its id is the import’s' },
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
