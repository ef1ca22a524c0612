import { z } from 'zod';
import { defineEvent } from '../event.js';
import { id } from '../id.js';

export const ReauthRequired = defineEvent({
  context: 'token',
  name: 'reauth-required',
  description:
    'A provider refused a person’s refresh token: the authorization ended or was taken back, and only the person can renew it.',
  schema: z.object({ user_id: id, provider: z.literal('spotify'), required_at: z.iso.datetime() }),
});
