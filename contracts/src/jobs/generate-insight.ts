import { z } from 'zod';
import { id } from '../id.js';
import { allowNames, fresh, insightType, toneMode } from '../insight/insight.js';
import { foreignId } from '../text.js';
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
    /** The version to write with; absent: the one that is in use for this person. */
    prompt_version: foreignId.optional(),
    /** The replay that asks: what it writes is hidden until the replay is activated. `round` counts its tries from 1. */
    replay: z.object({ id, round: z.int().min(1) }).optional(),
  }),
  result: z.object({
    insight_id: id,
    /** No model wrote for it: it was stored, or has the text of one that was. */
    reused: z.boolean(),
  }),
});
