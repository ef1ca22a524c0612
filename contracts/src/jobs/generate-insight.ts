import { z } from 'zod';
import { insightType, toneMode } from '../insight/insight.js';
import { defineJob } from './job.js';

/** Writes an insight from a snapshot. */
export const generateInsight = defineJob({
  type: 'generate-insight',
  queue: 'insights',
  maxAttempts: 4,
  payload: z.object({
    user_id: z.uuid(),
    snapshot_id: z.uuid(),
    insight_type: insightType,
    tone_mode: toneMode,
  }),
  result: z.object({ insight_id: z.uuid() }),
});
