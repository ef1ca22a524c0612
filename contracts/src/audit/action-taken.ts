import { z } from 'zod';
import { defineEvent } from '../event.js';
import { id } from '../id.js';
import { auditedAction, calledBy, targets } from './audit.js';

export const ActionTaken = defineEvent({
  context: 'audit',
  name: 'action-taken',
  description:
    'Somebody did something that the audit is for: used an admin’s route, or changed who may do what. People stand in it by their pseudonyms.',
  schema: z.object({
    what: auditedAction,
    /** A pseudonym; nobody's id of the operator of an open installation or at the command line, and of who had not signed in. */
    actor: id,
    by: calledBy,
    is_admin: z.boolean(),
    /** The session or key that they came with. */
    credential: id.optional(),
    /** Of the person whom it was about, where the request or its answer names one. */
    subject: id.optional(),
    targets,
    /** Of the answer; absent: it was not done by a request. */
    status: z.int().min(100).max(599).optional(),
    /** Of the problem that it was answered with. */
    code: z.string().max(100).optional(),
    at: z.iso.datetime(),
  }),
});
