import { z } from 'zod';
import { id } from '../id.js';
import {
  newPasskeyResponse,
  passkey,
  passkeyName,
  passkeyOptions,
  passkeyResponse,
} from '../sign-in/passkey.js';
import { deviceName } from '../sign-in/session.js';
import { defineRoute } from './route.js';
import { signedIn } from './sign-in-routes.js';

const tag = 'sign-in';

/** Passkeys: adding one, and signing in with it. */
export const passkeyRoutes = {
  startPasskey: defineRoute({
    id: 'startPasskey',
    method: 'POST',
    path: '/api/auth/passkeys/options',
    tag,
    summary: 'Begin to add a passkey',
    description: 'What the browser is to be asked for; good once, for five minutes.',
    access: 'fresh_session',
    errors: ['SIGN_IN_OFF', 'PASSKEYS_NEED_DOMAIN'],
    input: z.strictObject({}),
    from: 'body',
    success: { status: 200, body: passkeyOptions, description: 'For `navigator.credentials.create`' },
  }),
  addPasskey: defineRoute({
    id: 'addPasskey',
    method: 'POST',
    path: '/api/auth/passkeys',
    tag,
    summary: 'Add the passkey that the browser made',
    access: 'fresh_session',
    audit: [],
    errors: ['SIGN_IN_OFF', 'PASSKEYS_NEED_DOMAIN', 'PASSKEY_NOT_VALID'],
    input: z.strictObject({ name: passkeyName.default('passkey'), response: newPasskeyResponse }),
    from: 'body',
    success: { status: 200, body: passkey, description: 'The passkey' },
  }),
  listPasskeys: defineRoute({
    id: 'listPasskeys',
    method: 'GET',
    path: '/api/auth/passkeys',
    tag,
    summary: 'List your passkeys',
    access: 'session',
    errors: ['SIGN_IN_OFF'],
    input: z.strictObject({}),
    from: 'query',
    success: { status: 200, body: z.array(passkey), description: 'All of them, the oldest first' },
  }),
  removePasskey: defineRoute({
    id: 'removePasskey',
    method: 'DELETE',
    path: '/api/auth/passkeys/{passkey_id}',
    tag,
    summary: 'Remove a passkey',
    access: { owner: 'passkey_id', by: 'fresh_session' },
    audit: [],
    errors: ['SIGN_IN_OFF', 'PASSKEY_NOT_FOUND', 'LAST_WAY_IN'],
    input: z.strictObject({ passkey_id: id }),
    from: 'query',
    success: { status: 200, body: passkey, description: 'It is good for nothing any more' },
  }),
  startPasskeySignIn: defineRoute({
    id: 'startPasskeySignIn',
    method: 'POST',
    path: '/api/auth/login/passkey/options',
    tag,
    summary: 'Begin to sign in with a passkey',
    access: 'public',
    errors: ['SIGN_IN_OFF', 'PASSKEYS_NEED_DOMAIN'],
    input: z.strictObject({}),
    from: 'body',
    success: { status: 200, body: passkeyOptions, description: 'For `navigator.credentials.get`' },
  }),
  signInByPasskey: defineRoute({
    id: 'signInByPasskey',
    method: 'POST',
    path: '/api/auth/login/passkey',
    tag,
    summary: 'Sign in with a passkey',
    access: 'public',
    audit: [],
    errors: ['SIGN_IN_OFF', 'PASSKEYS_NEED_DOMAIN', 'PASSKEY_NOT_VALID'],
    input: z.strictObject({
      response: passkeyResponse,
      device: deviceName.optional(),
      cookies: z
        .boolean()
        .default(false)
        .meta({ description: 'For browsers: the tokens are set as cookies, and not shown.' }),
    }),
    from: 'body',
    success: { status: 200, body: signedIn, description: 'A session' },
  }),
} as const;
