import { z } from 'zod';
import { roles, scopes } from '../access/principal.js';
import { id } from '../id.js';
import { cursor, limit, pageSchema } from '../paging.js';
import { defineRpc } from '../rpc.js';
import { signingKeys } from './access-token.js';
import { account, invitation, issuedCode, oneTimeCode, pendingCode } from './account.js';
import { apiKey, apiKeyRequest, MOST_API_KEYS, newApiKey } from './api-key.js';
import { givenPassword, newPassword, signInEmail } from './password.js';
import { deviceName, grant, MOST_SESSIONS, session } from './session.js';

/** Where a try to sign in comes from: each address has tries of its own. */
const address = z.string().max(64);
const signedOut = z.object({ ended: z.int().min(0) });

export const signIn = defineRpc({
  service: 'identity',
  question: 'sign-in',
  access: 'public',
  isWrite: true,
  input: z.object({ email: signInEmail, password: givenPassword, device: deviceName, address }),
  output: grant,
});

export const refreshSession = defineRpc({
  service: 'identity',
  question: 'refresh-session',
  access: 'public',
  isWrite: true,
  input: z.object({ refresh_token: z.string().max(200) }),
  output: grant,
});

export const listSessions = defineRpc({
  service: 'identity',
  question: 'list-sessions',
  access: { owner: 'user_id', by: 'session' },
  input: z.object({ user_id: id, current: id.optional() }),
  output: z.object({ sessions: z.array(session).max(MOST_SESSIONS) }),
});

export const endSession = defineRpc({
  service: 'identity',
  question: 'end-session',
  access: { owner: 'user_id', by: 'session' },
  isWrite: true,
  input: z.object({ user_id: id, session_id: id }),
  output: signedOut,
});

export const endAllSessions = defineRpc({
  service: 'identity',
  question: 'end-all-sessions',
  access: { owner: 'user_id', by: 'session' },
  isWrite: true,
  input: z.object({ user_id: id }),
  output: signedOut,
});

export const changePassword = defineRpc({
  service: 'identity',
  question: 'change-password',
  access: { owner: 'user_id', by: 'session' },
  isWrite: true,
  input: z.object({
    user_id: id,
    current_password: givenPassword,
    new_password: newPassword,
    /** It stays; all others end. */
    current: id.optional(),
    address,
  }),
  output: signedOut,
});

/** By a one-time code: what a person has listened to becomes theirs to sign in to, or a forgotten password is replaced. */
export const setPassword = defineRpc({
  service: 'identity',
  question: 'set-password',
  access: 'public',
  isWrite: true,
  input: z.object({ code: oneTimeCode, email: signInEmail.optional(), password: newPassword, address }),
  output: z.object({ user_id: id }),
});

/** Sends a code to set a password with to the address, if somebody signs in with it; the answer is the same if nobody does. */
export const mailPasswordCode = defineRpc({
  service: 'identity',
  question: 'mail-password-code',
  access: 'public',
  isWrite: true,
  input: z.object({ email: signInEmail, address }),
  output: z.object({}),
});

export const createApiKey = defineRpc({
  service: 'identity',
  question: 'create-api-key',
  access: { owner: 'user_id', by: 'fresh_session' },
  isWrite: true,
  input: apiKeyRequest.extend({ user_id: id }),
  output: newApiKey,
});

export const listApiKeys = defineRpc({
  service: 'identity',
  question: 'list-api-keys',
  access: { owner: 'user_id', by: 'session' },
  input: z.object({ user_id: id }),
  output: z.object({ keys: z.array(apiKey).max(MOST_API_KEYS) }),
});

export const revokeApiKey = defineRpc({
  service: 'identity',
  question: 'revoke-api-key',
  access: { owner: 'user_id', by: 'session' },
  isWrite: true,
  input: z.object({ user_id: id, key_id: id }),
  output: signedOut,
});

/** Whose key this is. The gateway sends its hash, so that the key itself goes no further. */
export const getApiKey = defineRpc({
  service: 'identity',
  question: 'get-api-key',
  access: 'service',
  input: z.object({ hash: z.string().length(43) }),
  output: z.object({
    /** Null: no such key, or it was revoked or has expired. */
    key: z
      .object({
        key_id: id,
        user_id: id,
        scopes,
        roles,
        /** Unix time in seconds; null: never. */
        exp: z.int().nullable(),
      })
      .nullable(),
  }),
});

export const listSigningKeys = defineRpc({
  service: 'identity',
  question: 'list-signing-keys',
  access: 'public',
  input: z.object({}),
  output: signingKeys,
});

/** Which of these sessions and keys are over. */
export const listRevoked = defineRpc({
  service: 'identity',
  question: 'list-revoked',
  access: 'service',
  input: z.object({ ids: z.array(id).max(1_000) }),
  output: z.object({ revoked: z.array(id).max(1_000) }),
});

export const listAccounts = defineRpc({
  service: 'identity',
  question: 'list-accounts',
  access: 'admin',
  input: z.object({ limit, cursor }),
  output: pageSchema(account),
});

export const createInvitation = defineRpc({
  service: 'identity',
  question: 'create-invitation',
  access: 'fresh_admin',
  isWrite: true,
  input: invitation,
  output: issuedCode,
});

export const createPasswordCode = defineRpc({
  service: 'identity',
  question: 'create-password-code',
  access: 'fresh_admin',
  isWrite: true,
  input: z.object({ user_id: id }),
  output: issuedCode,
});

export const listCodes = defineRpc({
  service: 'identity',
  question: 'list-codes',
  access: 'admin',
  input: z.object({ limit, cursor }),
  output: pageSchema(pendingCode),
});

export const withdrawCode = defineRpc({
  service: 'identity',
  question: 'withdraw-code',
  access: 'admin',
  isWrite: true,
  input: z.object({ code_id: id }),
  output: pendingCode,
});

export const changeRoles = defineRpc({
  service: 'identity',
  question: 'change-roles',
  access: 'fresh_admin',
  isWrite: true,
  input: z.object({ user_id: id, roles }),
  output: account,
});
