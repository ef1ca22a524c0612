import { z } from 'zod';
import { defineEvent } from '../event.js';
import { id } from '../id.js';
import { provider } from '../token/connection.js';

export const ProviderDataRemoved = defineEvent({
  context: 'listening',
  name: 'provider-data-removed',
  description:
    'A person had everything removed that was fetched from a provider: what it told before this counts no more, and is erased.',
  schema: z.object({ user_id: id, provider, removed_at: z.iso.datetime() }),
});
export type ProviderDataRemovedData = z.output<typeof ProviderDataRemoved.schema>;
