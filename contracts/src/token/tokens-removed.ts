import { z } from 'zod';
import { defineEvent } from '../event.js';
import { id } from '../id.js';

export const TokensRemoved = defineEvent({
  context: 'token',
  name: 'tokens-removed',
  description: 'A person disconnected a provider: its tokens are deleted.',
  schema: z.object({ user_id: id, provider: z.literal('spotify'), removed_at: z.iso.datetime() }),
});
