import { insightText } from '@undertone/contracts/insight/insight';
import { z } from 'zod';
import type { InsightTypeDefinition } from '../insight-type.js';
import { wellnessV1 } from './wellness-v1.js';
import { wellnessV2 } from './wellness-v2.js';
import { writeWellness } from './write-wellness.js';

/**
 * Stands under every wellness insight, whatever it says: it is never written by a model and never triggered by a
 * number, because this is no screening.
 */
export const HELP_LINE =
  'This is about music, not health. If things feel heavy, talk to someone you trust or to a helpline; findahelpline.com lists free ones by country.';

const { title, body, highlights, tips } = insightText.shape;

/** How the music sounded, with small things to try. */
export const wellness: InsightTypeDefinition<'wellness'> = {
  name: 'wellness',
  uses: { weeks: false, artists: false },
  schema: z.object({
    title: title.max(80),
    body: body.min(80).max(1_800),
    highlights: highlights.min(1).max(6),
    tips: tips.min(1).max(4),
  }),
  prompts: [wellnessV1, wellnessV2],
  write: writeWellness,
  lastLine: HELP_LINE,
};
