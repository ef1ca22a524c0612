import { z } from 'zod';
import { id } from '../id.js';
import { text } from '../text.js';

export const registration = z
  .strictObject({
    spotify_user_id: text.trim().min(1).max(128),
    display_name: text.trim().min(1).max(200),
    email: z.email().max(254),
  })
  .meta({ id: 'Registration' });
export type Registration = z.output<typeof registration>;

export const registeredUser = z
  .object({
    user_id: id,
    spotify_user_id: z.string(),
    display_name: z.string(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'User' });
export type RegisteredUser = z.output<typeof registeredUser>;
