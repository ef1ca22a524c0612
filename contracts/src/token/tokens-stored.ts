import { z } from 'zod';
import { defineEvent } from '../event.js';
import { id } from '../id.js';
import { text } from '../text.js';

export const TokensStored = defineEvent({
  context: 'token',
  name: 'tokens-stored',
  description: 'A person linked a provider, or linked it again. The tokens themselves stay in the vault.',
  schema: z.object({
    user_id: id,
    provider: z.literal('spotify'),
    scopes: z.array(text),
    expires_at: z.iso.datetime(),
    stored_at: z.iso.datetime(),
  }),
});
