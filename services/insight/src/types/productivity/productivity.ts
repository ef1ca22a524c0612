import { insightText } from '@undertone/contracts/insight/insight';
import { z } from 'zod';
import type { InsightTypeDefinition } from '../insight-type.js';
import { productivityV1 } from './productivity-v1.js';
import { productivityV2 } from './productivity-v2.js';
import { promisedEffects } from './promised-effects.js';
import { writeProductivity } from './write-productivity.js';

const { title, body, highlights, tips } = insightText.shape;

/** The music as something to work to: what it is like, and what one could try. It promises no effect. */
export const productivity: InsightTypeDefinition<'productivity'> = {
  name: 'productivity',
  uses: { weeks: false, artists: false },
  schema: z.object({
    title: title.max(80),
    body: body.min(80).max(1_600),
    highlights: highlights.min(1).max(4),
    tips: tips.min(1).max(4),
  }),
  prompts: [productivityV1, productivityV2],
  write: writeProductivity,
  faults: promisedEffects,
};
