import { z } from 'zod';
import { id } from '../id.js';
import { allowNames, fresh, insightType, toneMode } from '../insight/insight.js';
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
    fresh,
  }),
  result: z.object({
    insight_id: id,
    /** No model wrote for it: it was stored, or has the text of one that was. */
    reused: z.boolean(),
  }),
});
