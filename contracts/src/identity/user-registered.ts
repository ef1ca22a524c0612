import { z } from 'zod';
import { defineEvent } from '../event.js';
import { id } from '../id.js';

export const UserRegistered = defineEvent({
  context: 'identity',
  name: 'user-registered',
  description: 'A person joined. Name, address and provider account stay encrypted in the identity schema.',
  schema: z.object({ user_id: id, registered_at: z.iso.datetime() }),
});
