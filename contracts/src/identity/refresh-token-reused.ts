import { z } from 'zod';
import { defineEvent } from '../event.js';
import { id } from '../id.js';

export const RefreshTokenReused = defineEvent({
  context: 'identity',
  name: 'refresh-token-reused',
  description:
    'A refresh token came that was replaced long ago: somebody else may have it, so its session was ended.',
  schema: z.object({ user_id: id, session_id: id, found_at: z.iso.datetime() }),
});
