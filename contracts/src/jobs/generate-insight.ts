import { z } from 'zod';
import { id } from '../id.js';
import { allowNames, insightType, toneMode } from '../insight/insight.js';
import { defineJob } from './job.js';

/** Writes an insight from a snapshot. */
export const generateInsight = defineJob({
  type: 'generate-insight',
  queue: 'insights',
  maxAttempts: 4,
  payload: z.object({
    user_id: id,
    snapshot_id: id,
    insight_type: insightType,
    tone_mode: toneMode,
    allow_names: allowNames,
  }),
  result: z.object({ insight_id: id }),
});
