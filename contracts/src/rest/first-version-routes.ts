import { z } from 'zod';
import { insight, toneMode } from '../insight/insight.js';
import { providerToken } from '../token/token.js';
import { queuedTask } from './queued-task.js';
import { defineRoute } from './route.js';

const seconds = z.coerce.number<number | string>().int().min(1).max(60);

/** What clients of the first version call. */
export const firstVersionRoutes = {
  wellnessInsight: defineRoute({
    id: 'wellnessInsight',
    method: 'POST',
    path: '/api/wellness/insights',
    tag: 'insights',
    summary: 'Write a wellness insight for the owner of a Spotify token, and wait for it',
    description:
      'The call of the first version: it registers the person of the token’s account, fetches their listening, has the insight written, and answers with it. Where that takes longer than `timeout` the answer is 202 with the task that is under way: when that has ended, the same call goes on where this one stopped. Where people sign in (`AUTH_MODE=accounts`) the caller signs in as everywhere, and the token is taken as theirs: it registers nobody. A token in a URL ends up in the logs of proxies and in the history of browsers, though not in Undertone’s own logs: it may stand in the body as well.',
    access: 'user',
    audit: [],
    errors: [
      'PROVIDER_ANSWER_INVALID',
      'PROVIDER_UNAVAILABLE',
      'SIMULATED_PROVIDER',
      'RELINK_REQUIRED',
      'TASK_FAILED',
      'TOO_MANY_STREAMS',
      'USER_NOT_FOUND',
    ],
    input: z.strictObject({
      access_token: providerToken.meta({ description: 'A Spotify access token of the person.' }),
      tone_mode: toneMode.optional().meta({
        description: 'Without it, the one that the person prefers; else `neutral`.',
      }),
      timeout: seconds.default(30).meta({ description: 'Seconds to wait.' }),
    }),
    from: 'query-or-body',
    textBody: true,
    deprecated: { since: '2026-11-30', sunset: '2027-11-30', successor: '/api/insights/generate' },
    success: {
      status: 200,
      body: z.union([insight, queuedTask]),
      done: insight,
      description: 'The insight',
    },
  }),
} as const;
