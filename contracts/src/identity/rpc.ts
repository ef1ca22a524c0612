import { z } from 'zod';
import { id } from '../id.js';
import { toneMode } from '../insight/insight.js';
import { defineRpc } from '../rpc.js';
import { countedTimeZone } from '../time-zone.js';
import { providerToken } from '../token/token.js';
import { weekday } from '../weekday.js';
import { calendar } from './calendar.js';
import { profile, profileEdits, registeredUser, registration } from './user.js';

/** Of insights that are requested without one; null: the person chose none. */
const preferredTone = toneMode.nullable().default(null);

/** The same person (by provider account) again gives the same user. */
export const registerUser = defineRpc({
  service: 'identity',
  question: 'register-user',
  access: 'public',
  isWrite: true,
  input: registration.extend({
    /** A person who is registered stays as they are. */
    unchanged: z.literal(true).optional(),
    /** Where the request comes from; absent: from an older release. */
    address: z.string().max(64).optional(),
  }),
  output: registeredUser.extend({ tone_mode: preferredTone }),
});

/**
 * Whose a Spotify access token is: in open mode the person of its account at Spotify, who is registered where they are not known yet.
 * Where people sign in a token proves nothing about who brings it, since any app may have been given it: there it is the caller.
 */
export const registerByToken = defineRpc({
  service: 'identity',
  question: 'register-by-token',
  access: 'user',
  isWrite: true,
  input: z.object({ access_token: providerToken }),
  output: z.object({ user_id: id, time_zone: z.string().nullable(), tone_mode: preferredTone }),
  timeoutMs: 10_000,
});

export const userExists = defineRpc({
  service: 'identity',
  question: 'user-exists',
  access: 'service',
  input: z.object({ user_id: id }),
  output: z.object({
    exists: z.boolean(),
    /** To count their days in; null: the person never gave one. */
    time_zone: countedTimeZone.nullable(),
    /** Null: the person chose none; absent: the replica that answers is of an older release. */
    first_day_of_week: weekday.nullable().optional(),
    tone_mode: preferredTone,
  }),
});

export const getProfile = defineRpc({
  service: 'identity',
  question: 'get-profile',
  access: { owner: 'user_id' },
  input: z.object({ user_id: id }),
  output: profile,
});

export const changePreferences = defineRpc({
  service: 'identity',
  question: 'change-preferences',
  access: { owner: 'user_id' },
  isWrite: true,
  input: z.object({ user_id: id, changes: profileEdits }),
  output: profile,
});

/** All users in the order of their ids, page by page: who registers meanwhile makes it neither skip nor repeat another. */
export const listUsers = defineRpc({
  service: 'identity',
  question: 'list-users',
  access: 'service',
  input: z.object({
    /** The last user of the page before; absent: from the beginning. */
    after: id.optional(),
    limit: z.int().min(1).max(1_000),
    /** Those alone who count their days so. */
    of: calendar.optional(),
  }),
  output: z.object({
    user_ids: z.array(id),
    /** With the first page: how many there are in all. */
    total: z.int().min(0).optional(),
  }),
});

/** The calendars of all who chose something of theirs, each once. */
export const listCalendars = defineRpc({
  service: 'identity',
  question: 'list-calendars',
  access: 'service',
  input: z.object({}),
  output: z.object({ calendars: z.array(calendar) }),
});
