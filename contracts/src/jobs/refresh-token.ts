import { z } from 'zod';
import { id } from '../id.js';
import { provider } from '../token/connection.js';
import { defineJob } from './job.js';

/** Refreshes a person's access token at a provider before it ends, so that who needs it next does not wait for that. */
export const refreshToken = defineJob({
  type: 'refresh-token',
  queue: 'token',
  maxAttempts: 5,
  payload: z.object({
    user_id: id,
    provider,
    /** Until when it has to be good; one that is good for longer stays. */
    good_until: z.iso.datetime(),
  }),
  result: z.object({ refreshed: z.boolean(), expires_at: z.iso.datetime().nullable() }),
});
