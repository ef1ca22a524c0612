import { z } from 'zod';
import { defineEvent } from '../event.js';
import { id } from '../id.js';
import { labelMover, promptLabel, promptName, promptNumber } from './prompt.js';

export const LabelMoved = defineEvent({
  context: 'prompt',
  name: 'label-moved',
  description: 'A label names another version of the prompt; `production` is what insights are written with.',
  schema: z.object({
    name: promptName,
    label: promptLabel,
    number: promptNumber,
    moved_by: labelMover,
    replay_id: id
      .optional()
      .meta({ description: 'The replay whose completion, or rollback, moved the label.' }),
    moved_at: z.iso.datetime(),
  }),
});
export type LabelMovedData = z.output<typeof LabelMoved.schema>;
