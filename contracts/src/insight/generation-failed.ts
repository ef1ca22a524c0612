import { z } from 'zod';
import { defineEvent } from '../event.js';
import { id } from '../id.js';
import { foreignId } from '../text.js';
import { insightContent } from './insight.js';

const { snapshot_id, insight_type, tone_mode, prompt_version, prompt_hash, experiment_id, variant } =
  insightContent;

export const GenerationFailed = defineEvent({
  context: 'insight',
  name: 'generation-failed',
  description: 'A writer was asked for an insight with a prompt, and the job ended without one.',
  schema: z.object({
    insight_id: id.meta({ description: 'The id that the insight would have had.' }),
    user_id: id,
    snapshot_id,
    insight_type,
    tone_mode,
    prompt_version,
    prompt_hash,
    experiment_id,
    variant,
    code: foreignId.meta({ description: 'Stable code; see docs/errors.md.' }),
    attempts: z.int().min(1),
    failed_at: z.iso.datetime(),
  }),
});
export type GenerationFailedData = z.output<typeof GenerationFailed.schema>;
