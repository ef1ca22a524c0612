import { z } from 'zod';
import { defineEvent } from '../event.js';
import { id } from '../id.js';

export const ListenThresholdChosen = defineEvent({
  context: 'listening',
  name: 'listen-threshold-chosen',
  description:
    'A person said from when on a stream counts as a play of theirs, or left it to the rule again.',
  schema: z.object({
    user_id: id,
    threshold: z
      .object({ min_seconds: z.int().min(0).nullable(), min_share: z.number().gt(0).max(1).nullable() })
      .nullable()
      .meta({ description: 'A stream counts from either on; null: the rule decides.' }),
    chosen_at: z.iso.datetime(),
  }),
});
export type ListenThresholdChosenData = z.output<typeof ListenThresholdChosen.schema>;
