import { z } from 'zod';
import { defineEvent } from '../event.js';
import { id } from '../id.js';

export const ReauthDue = defineEvent({
  context: 'token',
  name: 'reauth-due',
  description: 'An authorization ends soon: said a month and a week ahead.',
  schema: z.object({
    user_id: id,
    provider: z.literal('spotify'),
    ends_at: z.iso.datetime().meta({ description: 'At the latest: when it began is known from the store.' }),
    days_left: z.union([z.literal(30), z.literal(7)]),
  }),
});
