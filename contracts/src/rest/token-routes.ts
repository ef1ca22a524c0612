import { linkState, tokenSubmission } from '../token/token.js';
import { defineRoute } from './route.js';

/** Links to providers. */
export const tokenRoutes = {
  storeTokens: defineRoute({
    id: 'storeTokens',
    method: 'POST',
    path: '/api/tokens/store',
    tag: 'tokens',
    summary: 'Store a person’s Spotify tokens',
    description:
      'They are encrypted at once; no answer ever shows a token. Put them in the body: a URL ends up in the logs of proxies and in the history of browsers, though not in Undertone’s own logs.',
    access: { owner: 'user_id' },
    audit: [],
    errors: ['USER_NOT_FOUND'],
    input: tokenSubmission,
    from: 'query-or-body',
    textBody: true,
    success: { status: 200, body: linkState, description: 'What may be said of the tokens' },
  }),
} as const;
