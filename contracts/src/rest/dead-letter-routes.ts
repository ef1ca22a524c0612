import { z } from 'zod';
import { deadLetter, deadLetterQuery } from '../jobs/dead-letter.js';
import { manyDeadLettersQuery } from '../jobs/decide-many.js';
import { foreignId } from '../text.js';
import { byItsOwnJob, queuedTask } from './queued-task.js';
import { defineRoute } from './route.js';

const onePath = '/api/admin/dead-letters/{dead_letter}';
const one = z.strictObject({ dead_letter: foreignId.min(1) });

const audit = ['status', 'queue', 'lane', 'all', 'dry_run'] as const;
const queued = {
  status: 202,
  body: queuedTask,
  description: 'The job that does it, to follow as a task',
} as const;

/** Dead letters: what the server gave up on. */
export const deadLetterRoutes = {
  listDeadLetters: defineRoute({
    id: 'listDeadLetters',
    method: 'GET',
    path: '/api/admin/dead-letters',
    tag: 'dead-letters',
    summary: 'Read which messages the server stopped delivering, newest first',
    description:
      'A worker died, or did not answer, at every delivery. The job behind it fails with `DELIVERIES_EXHAUSTED`.',
    access: 'admin',
    errors: [],
    input: deadLetterQuery,
    from: 'query',
    success: {
      status: 200,
      body: z.array(deadLetter),
      description: 'Dead letters; the next page is in `Link`',
    },
  }),
  getDeadLetter: defineRoute({
    id: 'getDeadLetter',
    method: 'GET',
    path: onePath,
    tag: 'dead-letters',
    summary: 'Read one dead letter',
    access: 'admin',
    errors: ['DEAD_LETTER_NOT_FOUND'],
    input: one,
    from: 'query',
    success: { status: 200, body: deadLetter, description: 'The dead letter' },
  }),
  retryDeadLetter: defineRoute({
    id: 'retryDeadLetter',
    method: 'POST',
    path: `${onePath}/retry`,
    tag: 'dead-letters',
    summary: 'Ask for the work of a dead letter again',
    description:
      'A failed job stays as it ended; another one does its work, and names it as its cause. Said again, it is that same job.',
    access: 'admin',
    errors: ['DEAD_LETTER_NOT_FOUND', 'DEAD_LETTER_STATE', 'DEAD_LETTER_EXPIRED'],
    input: one,
    from: 'query',
    success: { status: 202, body: queuedTask, description: 'The job, to follow as a task' },
  }),
  discardDeadLetter: defineRoute({
    id: 'discardDeadLetter',
    method: 'POST',
    path: `${onePath}/discard`,
    tag: 'dead-letters',
    summary: 'Say that nothing more is to be done about a dead letter',
    access: 'admin',
    errors: ['DEAD_LETTER_NOT_FOUND', 'DEAD_LETTER_STATE', 'DEAD_LETTER_EXPIRED'],
    input: one,
    from: 'query',
    success: { status: 200, body: deadLetter, description: 'The dead letter, discarded' },
  }),
  retryDeadLetters: defineRoute({
    id: 'retryDeadLetters',
    method: 'POST',
    path: '/api/admin/dead-letters/retry',
    tag: 'dead-letters',
    summary: 'Ask for the work of all open dead letters again that a filter finds, by a job of its own',
    description: byItsOwnJob,
    access: 'admin',
    audit,
    errors: [],
    input: manyDeadLettersQuery,
    from: 'query-or-body',
    success: queued,
  }),
  discardDeadLetters: defineRoute({
    id: 'discardDeadLetters',
    method: 'POST',
    path: '/api/admin/dead-letters/discard',
    tag: 'dead-letters',
    summary:
      'Say that nothing more is to be done about all open dead letters that a filter finds, by a job of its own',
    description: byItsOwnJob,
    access: 'admin',
    audit,
    errors: [],
    input: manyDeadLettersQuery,
    from: 'query-or-body',
    success: queued,
  }),
} as const;
