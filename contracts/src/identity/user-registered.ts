import { z } from 'zod';
import { defineEvent } from '../event.js';

export const UserRegistered = defineEvent({
  context: 'identity',
  name: 'user-registered',
  description: 'A person joined. Name, address and provider account stay encrypted in the identity schema.',
  schema: z.object({ user_id: z.uuid(), registered_at: z.iso.datetime() }),
});
