import { z } from 'zod';
import { id } from '../id.js';
import { promptFeedback } from '../prompt/prompt-report.js';
import { foreignId, text } from '../text.js';

const count = z.int().min(0);
const measured = z.number().min(0).nullable();

/** One side of the comparison. Means and percentiles are over its insights; null where there is none to measure. */
export const replayReportSide = z
  .object({
    prompt_versions: z.array(foreignId),
    llm_models: z.array(foreignId),
    insights: count,
    failed: count.meta({
      description: 'Snapshots without an insight of this side, because a job of it failed.',
    }),
    repaired: z.object({ insights: count, known_for: count }).meta({
      description: 'Those whose first answer had to be repaired, of those that say how many calls they took.',
    }),
    feedback: promptFeedback,
    tokens: measured.meta({ description: 'Mean of prompt and completion together.' }),
    usd: measured.meta({ description: 'Mean; null where no price is known.' }),
    generation_ms: z.object({ median: measured, p95: measured }),
    characters: measured.meta({ description: 'Mean length of the text.' }),
  })
  .meta({ id: 'ReplayReportSide' });

/** What the replay wrote against what readers have now, for the same snapshots. */
export const replayReport = z
  .object({
    replay_id: id,
    new: replayReportSide,
    old: replayReportSide,
    failures: z
      .array(z.object({ snapshot_id: id, user_id: id, task_id: id, code: foreignId, message: text }))
      .meta({ description: 'The first hundred of them.' }),
    pairs: z
      .array(z.object({ snapshot_id: id, new_insight_id: id, old_insight_id: id.nullable() }))
      .meta({ description: 'A few to read side by side at `/api/insights/{insight_id}`.' }),
  })
  .meta({ id: 'ReplayReport' });
export type ReplayReport = z.output<typeof replayReport>;
