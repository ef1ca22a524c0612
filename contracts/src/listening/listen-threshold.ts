import { z } from 'zod';
import { id } from '../id.js';
import { defineRpc } from '../rpc.js';

/** From when on a stream counts as a play for a person, in the place of the rule. */
const thresholdFields = {
  min_seconds: z.coerce.number<number>().int().min(0).max(3_600).nullable().meta({
    description: 'A stream counts from so many seconds on; null: they do not decide.',
  }),
  min_share: z.coerce.number<number>().gt(0).max(1).nullable().meta({
    description:
      'Or from this share of the track on, as long as the person’s own exports and fetches show the track to be; null: it does not decide.',
  }),
};
const { min_seconds, min_share } = thresholdFields;

export const listenThreshold = z.object(thresholdFields).meta({
  id: 'ListenThreshold',
  description: 'A stream counts from either on.',
});
export type ListenThreshold = z.output<typeof listenThreshold>;

/** One of the two is enough. */
export const thresholdChoice = z.strictObject({
  user_id: id,
  min_seconds: min_seconds.optional(),
  min_share: min_share.optional(),
});

export const shownThreshold = z
  .object({
    threshold: listenThreshold.nullable().meta({ description: 'The person’s own; null: the rule decides.' }),
    listen_rule: z.string().meta({ description: 'The version of the rule: docs/measures.md.' }),
  })
  .meta({ id: 'ListenThresholdInUse', description: 'What counts as a play of this person.' });

export const getListenThreshold = defineRpc({
  service: 'ingestion',
  question: 'get-listen-threshold',
  access: { owner: 'user_id' },
  input: z.object({ user_id: id }),
  output: shownThreshold,
});
