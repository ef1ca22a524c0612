import { z } from 'zod';
import { defineEvent } from '../event.js';
import { id } from '../id.js';
import { text } from '../text.js';

const stored = {
  user_id: id,
  provider: z.literal('spotify'),
  scopes: z.array(text),
  expires_at: z.iso.datetime(),
  stored_at: z.iso.datetime(),
};

/** Scopes had to be given with the tokens. */
const v1 = z.object(stored);

export const TokensStored = defineEvent({
  context: 'token',
  name: 'tokens-stored',
  description: 'A person linked a provider, or linked it again. The tokens themselves stay in the vault.',
  schema: z.object({
    ...stored,
    scopes: stored.scopes.nullable().meta({ description: 'Null: unknown, because none were given.' }),
  }),
  older: [{ schema: v1, upcast: (data: z.output<typeof v1>) => data }],
});
