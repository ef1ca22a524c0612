import { z } from 'zod';
import { encryptingService, serviceKeys } from '../encryption-keys.js';
import { queuedTask } from './queued-task.js';
import { defineRoute } from './route.js';

const tag = 'keys';

/** The keys that encrypt what services keep of people: their names, never the keys. */
export const keyRoutes = {
  listKeys: defineRoute({
    id: 'listKeys',
    method: 'GET',
    path: '/api/admin/keys',
    tag,
    summary: 'Read which keys encrypt, and how many rows stand under each',
    access: 'admin',
    errors: [],
    input: z.strictObject({}),
    from: 'query',
    success: { status: 200, body: z.array(serviceKeys), description: 'By service; there are no more pages' },
  }),
  rotateKeys: defineRoute({
    id: 'rotateKeys',
    method: 'POST',
    path: '/api/admin/keys/rotate',
    tag,
    summary: 'Put every row of a service under the key that encrypts now',
    description:
      'The rows stay readable and writable meanwhile. A key that no row stands under any more can be taken out of `FIELD_ENCRYPTION_KEY`.',
    access: 'admin',
    audit: ['service'],
    errors: [],
    input: z.strictObject({ service: encryptingService }),
    from: 'query-or-body',
    success: { status: 202, body: queuedTask, description: 'The job, to follow as a task' },
  }),
} as const;
