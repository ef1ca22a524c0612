import { z } from 'zod';
import { id } from '../id.js';
import { cursor, limit, pageSchema } from '../paging.js';
import { defineRpc } from '../rpc.js';
import { connection, provider, removedConnection, tokenUse } from './connection.js';
import { linkState, providerToken, tokenSubmission } from './token.js';

export const storeTokens = defineRpc({
  service: 'token',
  question: 'store-tokens',
  access: { owner: 'user_id' },
  isWrite: true,
  input: tokenSubmission.extend({
    /** Of the request that brought the tokens: with the same key again, they are stored once. */
    idempotency_key: z.string().min(1).max(255).optional(),
  }),
  output: linkState,
});

/**
 * Keeps an access token that came without a refresh token, for as long as it is good. A link that renews itself stays as it is: it is the
 * better one.
 */
export const lendToken = defineRpc({
  service: 'token',
  question: 'lend-token',
  access: { owner: 'user_id' },
  isWrite: true,
  input: z.object({ user_id: id, access_token: providerToken }),
  output: z.object({ kept: z.boolean() }),
});

/** A token that is good for at least a minute; refreshed with the provider before it is handed out where needed. */
export const accessToken = defineRpc({
  service: 'token',
  question: 'access-token',
  access: 'service',
  // A provider may end a refresh token that is used twice.
  isWrite: true,
  input: z.object({
    user_id: id,
    /** SHA-256, in hex, of an access token that the provider refused: one that is still stored is refreshed, whenever it ends. */
    rejected_token_hash: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional(),
    /** What it is for; kept in the trail of uses. */
    task_id: id.optional(),
  }),
  output: z.object({ access_token: z.string(), expires_at: z.iso.datetime() }),
  timeoutMs: 15_000,
});

/** Those of the users whose link the provider still takes. */
export const linkedUsers = defineRpc({
  service: 'token',
  question: 'linked-users',
  access: 'service',
  input: z.object({ user_ids: z.array(id).max(1_000) }),
  output: z.object({ user_ids: z.array(id) }),
});

/** Those of the users whose access token was used in the last hour and ends within some minutes, and whose link the provider still takes. */
export const expiringTokens = defineRpc({
  service: 'token',
  question: 'list-expiring-tokens',
  access: 'service',
  input: z.object({ user_ids: z.array(id).max(1_000), within_minutes: z.int().min(1).max(1_440) }),
  output: z.object({ user_ids: z.array(id) }),
});

export const listConnections = defineRpc({
  service: 'token',
  question: 'list-connections',
  access: { owner: 'user_id' },
  input: z.object({ user_id: id }),
  output: z.object({ connections: z.array(connection).max(provider.options.length) }),
});

export const removeConnection = defineRpc({
  service: 'token',
  question: 'remove-connection',
  access: { owner: 'user_id' },
  isWrite: true,
  input: z.object({ user_id: id, provider }),
  output: removedConnection,
});

/** Newest first. */
export const listTokenUses = defineRpc({
  service: 'token',
  question: 'list-token-uses',
  access: { owner: 'user_id' },
  input: z.object({ user_id: id, provider, limit, cursor }),
  output: pageSchema(tokenUse),
});
