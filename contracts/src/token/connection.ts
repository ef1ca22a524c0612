import { z } from 'zod';
import { id } from '../id.js';
import { cursor, limit } from '../paging.js';
import { askerName } from '../service-name.js';

/** Where data comes from, with tokens that a person trusted this system with. */
export const provider = z.enum(['spotify']);

/** What a person is told of a connection: never the tokens. */
export const connection = z
  .object({
    provider,
    state: z.enum(['connected', 'reauth_required']).meta({
      description:
        '`reauth_required`: the provider refused the refresh token; sign in there again and store the new tokens.',
    }),
    scopes: z
      .array(z.string())
      .nullable()
      .meta({ description: 'Null: unknown, because none were given with the tokens.' }),
    connected_at: z.iso.datetime().meta({ description: 'When the tokens were stored.' }),
    ends_at: z.iso.datetime().meta({
      description: 'When the authorization ends at the latest: Spotify’s last six months, refreshed or not.',
    }),
    reauth_required_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Connection' });
export type Connection = z.output<typeof connection>;

export const removedConnection = z
  .object({
    provider,
    removed_at: z.iso.datetime(),
    revoke_at: z.url().meta({
      description:
        'Where the person takes the access back at the provider: Spotify lets no app do it for them.',
    }),
  })
  .meta({ id: 'RemovedConnection' });
export type RemovedConnection = z.output<typeof removedConnection>;

/** One time that a service was handed an access token. */
export const tokenUse = z
  .object({
    used_at: z.iso.datetime(),
    provider,
    service: askerName.meta({ description: 'Who was given the token.' }),
    task_id: id.nullable().meta({ description: 'What it was for.' }),
    refreshed: z.boolean().meta({ description: 'Whether the provider was asked for a new one first.' }),
  })
  .meta({ id: 'TokenUse' });
export type TokenUse = z.output<typeof tokenUse>;

/** Whose: in open mode the local operator names the person; whoever is signed in need not. */
const whose = {
  user_id: id.optional().meta({ description: 'Needed in open mode; else the person who is signed in.' }),
};
export const connectionsQuery = z.strictObject(whose);
export const connectionPath = z.strictObject({ provider, ...whose });
export const tokenUsesQuery = z.strictObject({ provider, ...whose, limit, cursor });
