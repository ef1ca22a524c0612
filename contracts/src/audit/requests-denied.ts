import { z } from 'zod';
import { defineEvent } from '../event.js';
import { id } from '../id.js';
import { calledBy, denials, originMark } from './audit.js';

export const RequestsDenied = defineEvent({
  context: 'audit',
  name: 'requests-denied',
  description:
    'What was denied to one caller within a minute, or to all whom that minute has no event of their own for. Whoever had not signed in has a mark for their address, which no address can be found by.',
  schema: z.object({
    /** A pseudonym; nobody's id of who had not signed in. */
    actor: id,
    by: calledBy,
    origin: originMark.optional(),
    /** How many callers are counted together. */
    callers: z.int().min(1),
    since: z.iso.datetime(),
    until: z.iso.datetime(),
    denials,
  }),
});
