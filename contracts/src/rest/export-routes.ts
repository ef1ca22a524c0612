import { z } from 'zod';
import { profileQuery } from '../identity/user.js';
import { exportCode, personalExport } from '../personal-data/personal-export.js';
import { queuedTask } from './queued-task.js';
import { defineRoute } from './route.js';

const tag = 'exports';

/** A person takes everything along. */
export const exportRoutes = {
  startExport: defineRoute({
    id: 'startExport',
    method: 'POST',
    path: '/api/users/me/export',
    tag,
    summary: 'Export all of your data',
    description:
      'Packs everything that is kept of the person into a zip: plays as CSV, in ListenBrainz’ format and in that of Spotify’s export, insights as Markdown, all else as JSON. While one is being packed, asking again gives the same task. A finished one takes the place of the one before.',
    access: { owner: 'user_id', by: 'fresh_session' },
    audit: [],
    errors: [],
    input: profileQuery,
    from: 'query',
    success: { status: 202, body: queuedTask, description: 'The task to follow' },
  }),
  getExport: defineRoute({
    id: 'getExport',
    method: 'GET',
    path: '/api/users/me/export',
    tag,
    summary: 'Read how your newest export is, and its link',
    access: { owner: 'user_id', by: 'session' },
    errors: ['EXPORT_NOT_FOUND'],
    input: profileQuery,
    from: 'query',
    success: { status: 200, body: personalExport, description: 'The newest export' },
  }),
  downloadExport: defineRoute({
    id: 'downloadExport',
    method: 'GET',
    path: '/api/exports/{code}',
    tag,
    summary: 'Download an export',
    description: 'Whoever has the link has the archive, until it expires: keep it to yourself.',
    access: 'public',
    audit: [],
    errors: ['EXPORT_NOT_FOUND', 'EXPORT_EXPIRED'],
    input: z.strictObject({ code: exportCode }),
    from: 'query',
    success: {
      status: 200,
      body: z.string().meta({ format: 'binary', contentMediaType: 'application/zip' }),
      file: 'application/zip',
      description: 'The archive',
    },
  }),
} as const;
