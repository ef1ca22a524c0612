import { insightText } from '@undertone/contracts/insight/insight';
import { z } from 'zod';
import type { InsightTypeDefinition } from '../insight-type.js';
import { roastV1 } from './roast-v1.js';
import { roastV2 } from './roast-v2.js';
import { writeRoast } from './write-roast.js';

const { title, body, highlights } = insightText.shape;

/** Jokes about how the music sounds, never about who plays it. */
export const roast: InsightTypeDefinition<'roast'> = {
  name: 'roast',
  uses: { weeks: false, artists: true },
  schema: z
    .object({ title: title.max(80), body: body.min(80).max(1_400), highlights: highlights.min(1).max(4) })
    .transform((text) => ({ ...text, tips: [] })),
  prompts: [roastV1, roastV2],
  write: writeRoast,
};
