import { z } from 'zod';
import { id } from '../id.js';
import { oneTimeCode } from '../sign-in/account.js';
import { linkedAccount, ownPath, providerName } from '../sign-in/linked-account.js';
import { defineRoute } from './route.js';

const tag = 'sign-in';

const toProvider = {
  status: 302,
  body: z.undefined(),
  description: 'On to the provider’s page, and a cookie that ties what comes back to this browser',
} as const;
const backHome = {
  status: 302,
  body: z.undefined(),
  description: 'To the path that the sign-in began with; the session is in cookies',
} as const;

const start = {
  return_to: ownPath.default('/').meta({ description: 'Where to go then: a path of this installation.' }),
};
/** In a body, and in no address: those are kept in logs and histories. */
const invited = {
  ...start,
  invitation: oneTimeCode.optional().meta({
    description: 'For who is not known here yet, where registering takes one (`REGISTRATION`).',
  }),
};
const providersPage = {
  status: 200,
  body: z.object({ url: z.url().meta({ description: 'The provider’s page.' }) }),
  description: 'Where to go, and a cookie that ties what comes back to this browser',
} as const;
const returned = {
  code: z.string().min(1).max(4_096).optional(),
  state: z.string().max(200).optional(),
  iss: z.string().max(500).optional(),
  error: z.string().min(1).max(200).optional(),
};

const startErrors = [
  'SIGN_IN_OFF',
  'PROVIDER_UNKNOWN',
  'PROVIDER_NOT_CONFIGURED',
  'PROVIDER_UNAVAILABLE',
  'PROVIDER_ANSWER_INVALID',
] as const;
const finishErrors = [
  ...startErrors,
  'SIGN_IN_EXPIRED',
  'SIGN_IN_DENIED',
  'SESSION_ENDED',
  'REGISTRATION_CLOSED',
  'CODE_NOT_VALID',
  'LINK_TAKEN',
  'PROVIDER_REFUSED',
  'SIMULATED_PROVIDER',
] as const;

const finishText =
  'Only the provider sends a browser here. Whoever signs in with an account that is not known here is registered, as `REGISTRATION` allows; an e-mail address that the provider knows never leads to somebody’s account.';

/** Signing in with an account at another site, and which accounts are linked. A browser opens these pages; no program calls them. */
export const providerRoutes = {
  startSpotifySignIn: defineRoute({
    id: 'startSpotifySignIn',
    method: 'GET',
    path: '/api/auth/spotify/login',
    tag,
    summary: 'Sign in with Spotify',
    description:
      'A browser opens it. Spotify asks the person once, for signing in and for what is read from their account.',
    access: 'public',
    errors: startErrors,
    input: z.strictObject(start),
    from: 'query',
    success: toProvider,
  }),
  startInvitedSpotifySignIn: defineRoute({
    id: 'startInvitedSpotifySignIn',
    method: 'POST',
    path: '/api/auth/spotify/login',
    tag,
    summary: 'Sign in with Spotify, by an invitation',
    description: 'The browser that asks goes on to `url`.',
    access: 'public',
    errors: startErrors,
    input: z.strictObject(invited),
    from: 'body',
    success: providersPage,
  }),
  finishSpotifySignIn: defineRoute({
    id: 'finishSpotifySignIn',
    method: 'GET',
    path: '/api/auth/spotify/callback',
    tag,
    summary: 'Come back from Spotify',
    description: finishText,
    access: 'public',
    audit: [],
    errors: finishErrors,
    input: z.strictObject(returned),
    from: 'query',
    isForeignQuery: true,
    success: backHome,
  }),
  startOidcSignIn: defineRoute({
    id: 'startOidcSignIn',
    method: 'GET',
    path: '/api/auth/oidc/{provider}/login',
    tag,
    summary: 'Sign in with an OpenID provider of this installation',
    description: 'A browser opens it. The providers are those of the setting `OIDC_PROVIDERS`.',
    access: 'public',
    errors: startErrors,
    input: z.strictObject({ provider: providerName, ...start }),
    from: 'query',
    success: toProvider,
  }),
  startInvitedOidcSignIn: defineRoute({
    id: 'startInvitedOidcSignIn',
    method: 'POST',
    path: '/api/auth/oidc/{provider}/login',
    tag,
    summary: 'Sign in with an OpenID provider of this installation, by an invitation',
    description: 'The browser that asks goes on to `url`.',
    access: 'public',
    errors: startErrors,
    input: z.strictObject({ provider: providerName, ...invited }),
    from: 'body',
    success: providersPage,
  }),
  finishOidcSignIn: defineRoute({
    id: 'finishOidcSignIn',
    method: 'GET',
    path: '/api/auth/oidc/{provider}/callback',
    tag,
    summary: 'Come back from an OpenID provider',
    description: finishText,
    access: 'public',
    audit: ['provider'],
    errors: finishErrors,
    input: z.strictObject({ provider: providerName, ...returned }),
    from: 'query',
    isForeignQuery: true,
    success: backHome,
  }),
  startLink: defineRoute({
    id: 'startLink',
    method: 'POST',
    path: '/api/auth/links',
    tag,
    summary: 'Begin to link an account at another site to yours',
    description:
      'The browser that asks goes on to `url`, within ten minutes; when it comes back, the account there is one that you sign in with here.',
    access: 'fresh_session',
    errors: [...startErrors, 'SESSION_ENDED'],
    input: z.strictObject({ provider: providerName, return_to: start.return_to }),
    from: 'body',
    success: providersPage,
  }),
  listLinks: defineRoute({
    id: 'listLinks',
    method: 'GET',
    path: '/api/auth/links',
    tag,
    summary: 'List the accounts at other sites that you sign in with',
    access: 'session',
    errors: ['SIGN_IN_OFF'],
    input: z.strictObject({}),
    from: 'query',
    success: { status: 200, body: z.array(linkedAccount), description: 'All of them, the oldest first' },
  }),
  removeLink: defineRoute({
    id: 'removeLink',
    method: 'DELETE',
    path: '/api/auth/links/{link_id}',
    tag,
    summary: 'Unlink an account',
    description: 'It no longer signs in here. The last way to sign in is not taken away.',
    access: { owner: 'link_id', by: 'fresh_session' },
    audit: [],
    errors: ['SIGN_IN_OFF', 'LINK_NOT_FOUND', 'LAST_WAY_IN'],
    input: z.strictObject({ link_id: id }),
    from: 'query',
    success: { status: 200, body: linkedAccount, description: 'It is linked no more' },
  }),
} as const;
