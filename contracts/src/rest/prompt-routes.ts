import { z } from 'zod';
import { cursor } from '../paging.js';
import { promptDetails, promptDraft, promptName, promptOverview, promptVersion } from '../prompt/prompt.js';
import { promptReport, promptReportQuery } from '../prompt/prompt-report.js';
import { experimentDraft, labelChange } from '../prompt/rpc.js';
import { defineRoute } from './route.js';

const onePrompt = z.strictObject({ name: promptName });

/** Prompts: their versions, labels and experiments, and how they do. */
export const promptRoutes = {
  publishPrompt: defineRoute({
    id: 'publishPrompt',
    method: 'POST',
    path: '/api/admin/prompts',
    tag: 'prompts',
    summary: 'Publish a version of a prompt',
    description:
      'It gets the next number and never changes. No insight is written with it until a label or an experiment names it. The same content again gives the version that has it.',
    access: 'admin',
    errors: ['INVALID_PROMPT'],
    input: promptDraft,
    from: 'body',
    success: { status: 200, body: promptVersion, description: 'The version' },
  }),
  listPrompts: defineRoute({
    id: 'listPrompts',
    method: 'GET',
    path: '/api/admin/prompts',
    tag: 'prompts',
    summary: 'Read where each prompt stands',
    access: 'admin',
    errors: [],
    input: z.strictObject({}),
    from: 'query',
    success: {
      status: 200,
      body: z.array(promptOverview),
      description: 'All prompts; there are no more pages',
    },
  }),
  getPrompt: defineRoute({
    id: 'getPrompt',
    method: 'GET',
    path: '/api/admin/prompts/{name}',
    tag: 'prompts',
    summary: 'Read the versions of a prompt, oldest first',
    description: 'As many as fit into an answer; the next ones are in `Link`.',
    access: 'admin',
    errors: ['PROMPT_NOT_FOUND'],
    input: onePrompt.extend({ cursor }),
    from: 'query',
    success: { status: 200, body: promptDetails, description: 'The prompt; its next versions are in `Link`' },
  }),
  movePromptLabel: defineRoute({
    id: 'movePromptLabel',
    method: 'POST',
    path: '/api/admin/prompts/{name}/labels',
    tag: 'prompts',
    summary: 'Move a label to a version',
    description:
      'Insights that are asked for from now on are written with the version labelled `production`. A label that is there already stays.',
    access: 'admin',
    audit: ['label', 'number'],
    errors: ['PROMPT_NOT_FOUND', 'PROMPT_VERSION_UNKNOWN'],
    input: labelChange,
    from: 'body',
    success: { status: 200, body: promptOverview, description: 'Where the prompt stands' },
  }),
  startPromptExperiment: defineRoute({
    id: 'startPromptExperiment',
    method: 'POST',
    path: '/api/admin/prompts/{name}/experiment',
    tag: 'prompts',
    summary: 'Compare versions',
    description:
      'Until it is stopped, each person is written for with the version of one variant, always the same one: a hash of person and experiment decides, whatever the labels say. 409 while another experiment runs.',
    access: 'admin',
    errors: ['PROMPT_NOT_FOUND', 'PROMPT_VERSION_UNKNOWN', 'EXPERIMENT_RUNNING'],
    input: experimentDraft,
    from: 'body',
    success: { status: 200, body: promptOverview, description: 'Where the prompt stands' },
  }),
  stopPromptExperiment: defineRoute({
    id: 'stopPromptExperiment',
    method: 'DELETE',
    path: '/api/admin/prompts/{name}/experiment',
    tag: 'prompts',
    summary: 'Stop comparing',
    description:
      'Everybody gets the version labelled `production` again. Without an experiment it does nothing.',
    access: 'admin',
    errors: ['PROMPT_NOT_FOUND'],
    input: onePrompt,
    from: 'query',
    success: { status: 200, body: promptOverview, description: 'Where the prompt stands' },
  }),
  reportOnPrompt: defineRoute({
    id: 'reportOnPrompt',
    method: 'GET',
    path: '/api/admin/prompts/{name}/report',
    tag: 'prompts',
    summary: 'Compare versions and variants by what became of them',
    description:
      'Insights, failures, cost, latency and the readers’ feedback, of all time or of the days asked for (UTC).',
    access: 'admin',
    errors: ['PROMPT_NOT_FOUND'],
    input: promptReportQuery,
    from: 'query',
    success: { status: 200, body: promptReport, description: 'One row a version and variant' },
  }),
} as const;
