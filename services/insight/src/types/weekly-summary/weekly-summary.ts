import { insightText } from '@undertone/contracts/insight/insight';
import { z } from 'zod';
import type { InsightTypeDefinition } from '../insight-type.js';
import { wrongDirections } from './directions.js';
import { weeklySummaryV1 } from './weekly-summary-v1.js';
import { weeklySummaryV2 } from './weekly-summary-v2.js';
import { weeklySummaryV3 } from './weekly-summary-v3.js';
import { writeWeeklySummary } from './write-weekly-summary.js';

const { title, body, highlights } = insightText.shape;

/** The last whole week against the weeks before it; a snapshot against earlier ones where nothing was played in it. */
export const weeklySummary: InsightTypeDefinition<'weekly_summary'> = {
  name: 'weekly_summary',
  uses: { weeks: true, artists: false },
  schema: z
    .object({ title: title.max(80), body: body.min(80).max(1_600), highlights: highlights.min(1).max(5) })
    .transform((text) => ({ ...text, tips: [] })),
  prompts: [weeklySummaryV1, weeklySummaryV2, weeklySummaryV3],
  write: writeWeeklySummary,
  faults: wrongDirections,
};
