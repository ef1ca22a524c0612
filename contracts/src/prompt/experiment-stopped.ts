import { z } from 'zod';
import { defineEvent } from '../event.js';
import { id } from '../id.js';
import { promptName } from './prompt.js';

export const ExperimentStopped = defineEvent({
  context: 'prompt',
  name: 'experiment-stopped',
  description: 'Everybody gets the version labelled `production` again.',
  schema: z.object({ name: promptName, experiment_id: id, stopped_at: z.iso.datetime() }),
});
