import { z } from 'zod';
import { cursor } from '../paging.js';
import { defineRpc } from '../rpc.js';
import {
  promptDetails,
  promptDraft,
  promptLabel,
  promptName,
  promptNumber,
  promptOverview,
  promptVariants,
  promptVersion,
} from './prompt.js';
import { promptReport, promptReportQuery } from './prompt-report.js';

/** Of the request: with the same key again, it is done once. */
const repeatable = { idempotency_key: z.string().min(1).max(255).optional() };

const onePrompt = z.strictObject({ name: promptName });

/** The same content again gives the version that has it. */
export const publishPrompt = defineRpc({
  service: 'insight',
  question: 'publish-prompt',
  access: 'admin',
  isWrite: true,
  input: promptDraft,
  output: promptVersion,
});

export const listPrompts = defineRpc({
  service: 'insight',
  question: 'list-prompts',
  access: 'admin',
  input: z.strictObject({}),
  output: z.object({ prompts: z.array(promptOverview) }),
});

export const getPrompt = defineRpc({
  service: 'insight',
  question: 'get-prompt',
  access: 'admin',
  input: onePrompt.extend({ cursor }),
  output: promptDetails.extend({ next: z.string().nullable().optional() }),
});

export const labelChange = z.strictObject({ name: promptName, label: promptLabel, number: promptNumber });

/** A label that is there already stays where it is. */
export const movePromptLabel = defineRpc({
  service: 'insight',
  question: 'move-prompt-label',
  access: 'admin',
  isWrite: true,
  input: labelChange.extend(repeatable),
  output: promptOverview,
});

export const experimentDraft = z.strictObject({ name: promptName, variants: promptVariants });

export const startExperiment = defineRpc({
  service: 'insight',
  question: 'start-prompt-experiment',
  access: 'admin',
  isWrite: true,
  input: experimentDraft.extend(repeatable),
  output: promptOverview,
});

export const stopExperiment = defineRpc({
  service: 'insight',
  question: 'stop-prompt-experiment',
  access: 'admin',
  isWrite: true,
  input: onePrompt,
  output: promptOverview,
});

export const reportOnPrompt = defineRpc({
  service: 'insight',
  question: 'report-on-prompt',
  access: 'admin',
  input: promptReportQuery,
  output: promptReport,
});
