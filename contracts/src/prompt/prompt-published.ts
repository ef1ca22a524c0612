import { z } from 'zod';
import { defineEvent } from '../event.js';
import { promptVersion } from './prompt.js';

export const PromptPublished = defineEvent({
  context: 'prompt',
  name: 'prompt-published',
  description: 'A version of a prompt came into being; it never changes.',
  schema: z.object(promptVersion.shape),
});
export type PromptPublishedData = z.output<typeof PromptPublished.schema>;
