import { z } from 'zod';
import { id } from '../id.js';
import { text } from '../text.js';

/** That one person may have at once; the one that was used longest ago ends for a new one. */
export const MOST_SESSIONS = 100;

/** What a person calls the device or program that they sign in on. */
export const deviceName = text.trim().min(1).max(100).meta({ example: 'laptop' });

/** What signing in, and each refresh, gives. */
export const grant = z.object({
  user_id: id,
  session_id: id,
  access_token: z.string(),
  refresh_token: z.string(),
  /** Of the access token, in seconds. */
  expires_in: z.int(),
  /** Of the refresh token, in seconds. */
  refresh_expires_in: z.int(),
});
export type Grant = z.output<typeof grant>;

/** A device that is signed in. */
export const session = z
  .object({
    session_id: id,
    device: z.string(),
    created_at: z.iso.datetime(),
    last_used_at: z.iso.datetime().meta({ description: 'When it was last refreshed.' }),
    expires_at: z.iso.datetime().meta({ description: 'When it ends unless it is refreshed before.' }),
    current: z.boolean().meta({ description: 'Whether it is the one that asks.' }),
  })
  .meta({ id: 'Session' });
export type Session = z.output<typeof session>;
