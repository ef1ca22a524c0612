import { z } from 'zod';
import { deadLetter, deadLetterQuery } from '../jobs/dead-letter.js';
import { defineRoute } from './route.js';

/** Dead letters: what the server gave up on. */
export const deadLetterRoutes = {
  listDeadLetters: defineRoute({
    id: 'listDeadLetters',
    method: 'GET',
    path: '/api/admin/dead-letters',
    tag: 'dead-letters',
    summary: 'Read which messages the server stopped delivering, newest first',
    description:
      'A worker died, or did not answer, at every delivery. The task behind it fails with `DELIVERIES_EXHAUSTED`.',
    input: deadLetterQuery,
    from: 'query',
    success: {
      status: 200,
      body: z.array(deadLetter),
      description: 'Dead letters; the next page is in `Link`',
    },
  }),
} as const;
