import { z } from 'zod';
import { defineEvent } from '../event.js';
import { promptExperiment, promptName } from './prompt.js';

export const ExperimentStarted = defineEvent({
  context: 'prompt',
  name: 'experiment-started',
  description: 'Versions of a prompt share the people between them; a stable hash says who gets which.',
  schema: z.object({ name: promptName, ...promptExperiment.shape }),
});
export type ExperimentStartedData = z.output<typeof ExperimentStarted.schema>;
