import { z } from 'zod';
import { defineEvent } from '../event.js';
import { id } from '../id.js';

export const FeedbackGiven = defineEvent({
  context: 'insight',
  name: 'feedback-given',
  description: 'The reader said whether an insight was worth reading; what was said last counts.',
  // No free text: it would be personal data in a log that is kept for ever.
  schema: z.object({ insight_id: id, user_id: id, helpful: z.boolean(), given_at: z.iso.datetime() }),
});
export type FeedbackGivenData = z.output<typeof FeedbackGiven.schema>;
