import { z } from 'zod';
import { defineRpc } from '../rpc.js';
import { providerName } from './linked-account.js';

/** That an installation may list, beside Spotify. */
export const MOST_PROVIDERS = 20;

/** How an installation is configured to let people in, as far as whoever signs in needs to know; nothing of anybody in it. */
export const waysIn = z
  .object({
    auth_mode: z
      .enum(['open', 'accounts'])
      .meta({ description: '`open`: nobody signs in, and there is nothing to sign in to.' }),
    registration: z.enum(['open', 'invitation', 'closed']).nullable().meta({
      description:
        'Who may register: everybody, who has an invitation, or who an admin invites. Null in open mode.',
    }),
    password: z.boolean().meta({ description: 'With e-mail and password, at `/api/auth/login`.' }),
    forgotten_password: z.enum(['mail', 'admin']).nullable().meta({
      description: 'Who gives a code for a new password: `/api/auth/password/forgot` by mail, or an admin.',
    }),
    passkeys: z.boolean().meta({ description: 'Whether browsers make and take passkeys at this address.' }),
    providers: z
      .array(
        z.object({
          id: providerName,
          name: z.string().meta({ example: 'Spotify' }),
          login_path: z.string().meta({
            example: '/api/auth/spotify/login',
            description:
              'Where a browser goes to sign in, with `return_to` and, where it is needed, `invitation`.',
          }),
        }),
      )
      .max(MOST_PROVIDERS + 1),
  })
  .meta({ id: 'WaysIn' });
export type WaysIn = z.output<typeof waysIn>;

/** What identity knows of it. */
const configured = waysIn.pick({ providers: true }).extend({
  registration: z.enum(['open', 'invitation', 'closed']),
  forgotten_password: z.enum(['mail', 'admin']),
});
export type ConfiguredWaysIn = z.output<typeof configured>;

export const listWaysIn = defineRpc({
  service: 'identity',
  question: 'list-ways-in',
  access: 'public',
  input: z.object({}),
  output: configured,
});
