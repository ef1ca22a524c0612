import { z } from 'zod';
import { id } from '../id.js';
import { defineRpc } from '../rpc.js';
import { timeZone } from '../time-zone.js';
import { registeredUser, registration } from './user.js';

/** The same person (by provider account) again gives the same user. */
export const registerUser = defineRpc({
  service: 'identity',
  question: 'register-user',
  input: registration,
  output: registeredUser,
});

export const userExists = defineRpc({
  service: 'identity',
  question: 'user-exists',
  input: z.object({ user_id: id }),
  output: z.object({
    exists: z.boolean(),
    /** Null: the person never gave one. */
    time_zone: timeZone.nullable(),
  }),
});
