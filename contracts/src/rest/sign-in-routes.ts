import { z } from 'zod';
import { id } from '../id.js';
import { signingKeys } from '../sign-in/access-token.js';
import { oneTimeCode } from '../sign-in/account.js';
import { apiKey, apiKeyRequest, newApiKey } from '../sign-in/api-key.js';
import { givenPassword, newPassword, signInEmail } from '../sign-in/password.js';
import { deviceName, session } from '../sign-in/session.js';
import { waysIn } from '../sign-in/ways-in.js';
import { defineRoute } from './route.js';

const tag = 'sign-in';
const ended = z
  .object({ ended: z.int().min(0) })
  .meta({ id: 'Ended', description: 'How many sessions or keys ended.' });

/** What a program gets; a browser gets its tokens in cookies that no script can read. */
export const signedIn = z
  .object({
    user_id: id,
    session_id: id,
    token_type: z.literal('Bearer'),
    access_token: z.string().optional(),
    refresh_token: z.string().optional(),
    expires_in: z.int().meta({ description: 'Seconds until the access token ends.' }),
  })
  .meta({ id: 'SignedIn', description: 'Without the tokens where they were set as cookies.' });
export type SignedIn = z.output<typeof signedIn>;

/** Signing in, the sessions that come of it, and keys for programs. */
export const signInRoutes = {
  listWaysIn: defineRoute({
    id: 'listWaysIn',
    method: 'GET',
    path: '/api/auth/ways-in',
    tag,
    summary: 'How people sign in here',
    description: 'For pages and programs, which show what there is. In open mode, too.',
    access: 'public',
    errors: [],
    input: z.strictObject({}),
    from: 'query',
    success: { status: 200, body: waysIn, description: 'As the settings say' },
  }),
  signIn: defineRoute({
    id: 'signIn',
    method: 'POST',
    path: '/api/auth/login',
    tag,
    summary: 'Sign in with e-mail and password',
    description:
      'Each try that fails makes the next one, of this account or from this address, wait longer; nobody is locked out for good. An `Idempotency-Key` changes nothing here: each time is a session of its own.',
    access: 'public',
    audit: [],
    errors: ['SIGN_IN_OFF', 'SIGN_IN_FAILED', 'SIGN_IN_SLOWED'],
    input: z.strictObject({
      email: signInEmail,
      password: givenPassword,
      device: deviceName.optional().meta({
        description:
          'What to call this session in the list of sessions; the program’s `User-Agent` by default.',
      }),
      cookies: z
        .boolean()
        .default(false)
        .meta({ description: 'For browsers: the tokens are set as cookies, and not shown.' }),
    }),
    from: 'body',
    success: { status: 200, body: signedIn, description: 'A session' },
  }),
  refreshSession: defineRoute({
    id: 'refreshSession',
    method: 'POST',
    path: '/api/auth/refresh',
    tag,
    summary: 'Get the next access token',
    description:
      'Gives a new refresh token, too: the one that was given is good for another minute, so that two requests at once, or one whose answer was lost, end no session. One that is older ends the session, since somebody else may have it.',
    access: 'public',
    errors: ['SIGN_IN_OFF', 'SESSION_ENDED'],
    input: z.strictObject({
      refresh_token: z
        .string()
        .min(1)
        .max(200)
        .optional()
        .meta({ description: 'A browser leaves it out: its cookie says it.' }),
    }),
    from: 'body',
    success: { status: 200, body: signedIn, description: 'The session goes on' },
  }),
  signOut: defineRoute({
    id: 'signOut',
    method: 'POST',
    path: '/api/auth/logout',
    tag,
    summary: 'Sign out: end this session. Of a browser the refresh cookie is enough',
    access: 'session',
    audit: [],
    errors: ['SIGN_IN_OFF'],
    input: z.strictObject({}),
    from: 'body',
    success: { status: 200, body: ended, description: 'It ended' },
  }),
  signOutEverywhere: defineRoute({
    id: 'signOutEverywhere',
    method: 'POST',
    path: '/api/auth/logout-everywhere',
    tag,
    summary:
      'Sign out everywhere: end all your sessions, this one too. Of a browser the refresh cookie is enough',
    access: 'session',
    audit: [],
    errors: ['SIGN_IN_OFF'],
    input: z.strictObject({}),
    from: 'body',
    success: { status: 200, body: ended, description: 'They ended' },
  }),
  listSessions: defineRoute({
    id: 'listSessions',
    method: 'GET',
    path: '/api/auth/sessions',
    tag,
    summary: 'List where you are signed in',
    access: 'session',
    errors: ['SIGN_IN_OFF'],
    input: z.strictObject({}),
    from: 'query',
    success: { status: 200, body: z.array(session), description: 'All of them, the last used first' },
  }),
  endSession: defineRoute({
    id: 'endSession',
    method: 'DELETE',
    path: '/api/auth/sessions/{session_id}',
    tag,
    summary: 'Sign out a device',
    description: 'Its access token and its open event streams end within a second.',
    access: { owner: 'session_id', by: 'session' },
    audit: [],
    errors: ['SIGN_IN_OFF', 'SESSION_NOT_FOUND'],
    input: z.strictObject({ session_id: id }),
    from: 'query',
    success: { status: 200, body: ended, description: 'It ended' },
  }),
  setPassword: defineRoute({
    id: 'setPassword',
    method: 'POST',
    path: '/api/auth/password',
    tag,
    summary: 'Set a password by a one-time code',
    description:
      'For whoever forgot theirs, and for people of an installation that had no sign-in. All sessions and keys of the account end; where a password is replaced, its passkeys and linked accounts do, too.',
    access: 'public',
    audit: [],
    errors: ['SIGN_IN_OFF', 'CODE_NOT_VALID', 'SIGN_IN_SLOWED', 'EMAIL_TAKEN'],
    input: z.strictObject({
      code: oneTimeCode,
      email: signInEmail
        .optional()
        .meta({ description: 'Needed where the account has none to sign in with yet.' }),
      password: newPassword,
    }),
    from: 'body',
    success: { status: 200, body: z.object({ user_id: id }), description: 'Sign in with it now' },
  }),
  forgotPassword: defineRoute({
    id: 'forgotPassword',
    method: 'POST',
    path: '/api/auth/password/forgot',
    tag,
    summary: 'Have a code sent to set a password with',
    description:
      'To the address, if somebody signs in with it; the answer is the same if nobody does. Where the installation sends no mail (`SMTP_URL`), an admin makes the code.',
    access: 'public',
    errors: ['SIGN_IN_OFF', 'NO_MAIL', 'SIGN_IN_SLOWED'],
    input: z.strictObject({ email: signInEmail }),
    from: 'body',
    success: {
      status: 200,
      body: z.object({}),
      description: 'It is sent if there is somebody to send it to',
    },
  }),
  changePassword: defineRoute({
    id: 'changePassword',
    method: 'POST',
    path: '/api/auth/password/change',
    tag,
    summary: 'Change your password',
    description: 'All your other sessions end.',
    access: 'session',
    audit: [],
    errors: ['SIGN_IN_OFF', 'SIGN_IN_FAILED', 'SIGN_IN_SLOWED'],
    input: z.strictObject({ current_password: givenPassword, new_password: newPassword }),
    from: 'body',
    success: { status: 200, body: ended, description: 'It is changed' },
  }),
  createApiKey: defineRoute({
    id: 'createApiKey',
    method: 'POST',
    path: '/api/auth/keys',
    tag,
    summary: 'Make a key for a program',
    description: 'It goes in `Authorization: Bearer`, as an access token does, and is shown this once.',
    access: 'fresh_session',
    audit: ['scopes', 'expires_in_days'],
    errors: ['SIGN_IN_OFF'],
    input: apiKeyRequest,
    from: 'body',
    success: { status: 200, body: newApiKey, description: 'The key' },
  }),
  listApiKeys: defineRoute({
    id: 'listApiKeys',
    method: 'GET',
    path: '/api/auth/keys',
    tag,
    summary: 'List your keys',
    access: 'session',
    errors: ['SIGN_IN_OFF'],
    input: z.strictObject({}),
    from: 'query',
    success: { status: 200, body: z.array(apiKey), description: 'Those that are good, the newest first' },
  }),
  revokeApiKey: defineRoute({
    id: 'revokeApiKey',
    method: 'DELETE',
    path: '/api/auth/keys/{key_id}',
    tag,
    summary: 'Revoke a key',
    access: { owner: 'key_id', by: 'session' },
    audit: [],
    errors: ['SIGN_IN_OFF', 'KEY_NOT_FOUND'],
    input: z.strictObject({ key_id: id }),
    from: 'query',
    success: { status: 200, body: ended, description: 'It is good for nothing any more' },
  }),
  getSigningKeys: defineRoute({
    id: 'getSigningKeys',
    method: 'GET',
    path: '/.well-known/jwks.json',
    tag,
    summary: 'Read the keys that check access tokens',
    access: 'public',
    errors: [],
    input: z.strictObject({}),
    from: 'query',
    success: { status: 200, body: signingKeys, description: 'A JWK set (RFC 7517)' },
  }),
} as const;
