import { z } from 'zod';
import { id } from '../id.js';
import { oneTimeCode } from '../sign-in/account.js';
import { newPassword } from '../sign-in/password.js';
import { text } from '../text.js';
import { timeZone } from '../time-zone.js';
import { handle } from './handle.js';
import { preferenceChanges, preferences } from './preferences.js';

export const registration = z
  .strictObject({
    spotify_user_id: text.trim().min(1).max(128).optional().meta({
      description: 'Needed while sign-in is off, where it is what a person is known by.',
    }),
    display_name: text.trim().min(1).max(200),
    email: z
      .email()
      .max(254)
      .optional()
      .meta({ description: 'Without it, the one given before stays.', example: 'ada@example.org' }),
    password: newPassword.optional().meta({
      description:
        'Needed, together with `email`, where sign-in is on: at least 8 characters, and not easy to guess.',
    }),
    invitation: oneTimeCode
      .optional()
      .meta({ description: 'The code of an invitation, where people register by invitation.' }),
    time_zone: timeZone.optional().meta({
      description: 'Whose days the person’s history is counted in; without it, the one given before stays.',
      example: 'Europe/Berlin',
    }),
  })
  .meta({ id: 'Registration' });
export type Registration = z.output<typeof registration>;

export const registeredUser = z
  .object({
    user_id: id,
    spotify_user_id: z.string().nullable(),
    display_name: z.string(),
    time_zone: z.string().nullable(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'User' });
export type RegisteredUser = z.output<typeof registeredUser>;

/** A person as they see themselves. */
export const profile = registeredUser
  .extend({ handle: z.string(), ...preferences.shape })
  .meta({ id: 'Profile', description: 'The user, and what they prefer.' });
export type Profile = z.output<typeof profile>;

/** Whose profile: in open mode the local operator names the person; whoever is signed in need not. */
const whose = {
  user_id: id.optional().meta({ description: 'Needed in open mode; else the person who is signed in.' }),
};
export const profileQuery = z.strictObject(whose);
/** What a person changes of themselves. */
export const profileEdits = preferenceChanges.extend({ handle: handle.optional() });
export type ProfileEdits = z.output<typeof profileEdits>;
export const profileChanges = profileEdits.extend(whose);
