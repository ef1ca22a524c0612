import { profile, profileChanges, profileQuery, registeredUser, registration } from '../identity/user.js';
import { defineRoute } from './route.js';

/** People: registering them, and what they say of themselves. */
export const userRoutes = {
  registerUser: defineRoute({
    id: 'registerUser',
    method: 'POST',
    path: '/api/users/register',
    tag: 'users',
    summary: 'Register a person',
    description:
      'The same `spotify_user_id` again gives the same `user_id`; where sign-in is on, the same `email` and `password` do. The body is the better place for what says who a person is: a URL ends up in the logs of proxies and in the history of browsers.',
    access: 'public',
    audit: [],
    errors: ['ALREADY_REGISTERED', 'FORBIDDEN', 'REGISTRATION_CLOSED', 'CODE_NOT_VALID', 'SIGN_IN_SLOWED'],
    input: registration,
    from: 'query-or-body',
    secrets: ['password', 'invitation'],
    textBody: true,
    success: { status: 200, body: registeredUser, description: 'The user' },
  }),
  getProfile: defineRoute({
    id: 'getProfile',
    method: 'GET',
    path: '/api/users/me',
    tag: 'users',
    summary: 'Read your profile and preferences',
    access: { owner: 'user_id' },
    errors: [],
    input: profileQuery,
    from: 'query',
    success: { status: 200, body: profile, description: 'The user, and what they prefer' },
  }),
  changePreferences: defineRoute({
    id: 'changePreferences',
    method: 'PATCH',
    path: '/api/users/me',
    tag: 'users',
    summary: 'Change your handle and preferences',
    description: 'A field that is left out stays as it is; null takes a choice back.',
    access: { owner: 'user_id' },
    errors: ['HANDLE_TAKEN'],
    input: profileChanges,
    from: 'body',
    success: { status: 200, body: profile, description: 'The user, and what they prefer now' },
  }),
} as const;
