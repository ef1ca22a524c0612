import { z } from 'zod';
import { id } from '../id.js';
import { allowNames, fresh, insight, insightType, toneMode } from '../insight/insight.js';
import { languageModels } from '../insight/language-model.js';
import { givenFeedback, insightFeedback, insightQuery } from '../insight/rpc.js';
import { queuedTask } from './queued-task.js';
import { defineRoute } from './route.js';

/** Texts written from a snapshot, and the models that write. */
export const insightRoutes = {
  generateInsight: defineRoute({
    id: 'generateInsight',
    method: 'POST',
    path: '/api/insights/generate',
    tag: 'insights',
    summary: 'Write an insight from a snapshot',
    access: { owner: 'snapshot_id' },
    errors: ['SNAPSHOT_NOT_FOUND'],
    input: z.strictObject({
      snapshot_id: id,
      insight_type: insightType,
      tone_mode: toneMode.optional().meta({
        description: 'Without it, the one that the person prefers; else `neutral`.',
      }),
      allow_names: allowNames,
      fresh,
    }),
    from: 'query-or-body',
    textBody: true,
    success: { status: 202, body: queuedTask, description: 'The task to follow' },
  }),
  listInsights: defineRoute({
    id: 'listInsights',
    method: 'GET',
    path: '/api/insights/user/{user_id}',
    tag: 'insights',
    summary: 'Read a person’s insights, newest first',
    access: { owner: 'user_id' },
    errors: [],
    input: insightQuery,
    from: 'query',
    success: { status: 200, body: z.array(insight), description: 'Insights; the next page is in `Link`' },
  }),
  getInsight: defineRoute({
    id: 'getInsight',
    method: 'GET',
    path: '/api/insights/{insight_id}',
    tag: 'insights',
    summary: 'Read one insight',
    access: { owner: 'insight_id' },
    errors: ['INSIGHT_NOT_FOUND'],
    input: z.strictObject({ insight_id: id }),
    from: 'query',
    success: { status: 200, body: insight, description: 'The insight' },
  }),
  listModels: defineRoute({
    id: 'listModels',
    method: 'GET',
    path: '/api/models',
    tag: 'insights',
    summary: 'See which language models write, and how they are',
    access: 'user',
    errors: [],
    input: z.strictObject({}),
    from: 'query',
    success: {
      status: 200,
      body: languageModels,
      description: 'The models; checked some seconds ago at most',
    },
  }),
  giveFeedback: defineRoute({
    id: 'giveFeedback',
    method: 'POST',
    path: '/api/insights/{insight_id}/feedback',
    tag: 'insights',
    summary: 'Say whether an insight was worth reading',
    description: 'Said again, the last word counts. It compares versions of prompts; it changes no insight.',
    access: { owner: 'insight_id' },
    errors: ['INSIGHT_NOT_FOUND'],
    input: insightFeedback,
    from: 'body',
    success: { status: 200, body: givenFeedback, description: 'What counts now' },
  }),
} as const;
