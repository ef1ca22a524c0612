import { insightText } from '@undertone/contracts/insight/insight';
import { z } from 'zod';
import type { InsightTypeDefinition } from '../../src/types/insight-type.js';
import { haikuV1 } from './haiku-v1.js';

const { title, body, highlights } = insightText.shape;

/** An insight type as somebody would add it: this folder is all of it. */
export const haiku: InsightTypeDefinition<'haiku'> = {
  name: 'haiku',
  uses: { weeks: false, artists: false },
  schema: z
    .object({ title: title.max(40), body: body.max(300), highlights: highlights.length(1) })
    .transform((text) => ({ ...text, tips: [] })),
  prompts: [haikuV1],
  write: ({ snapshot }) => ({
    title: 'A haiku',
    body: 'Songs lean on the night\na slow drum counts out the rain\nand nobody speaks',
    highlights: [{ metric: 'total_tracks_analyzed', text: `Of ${snapshot.total_tracks_analyzed} tracks.` }],
    tips: [],
  }),
  faults: ({ body }) => (body.includes('!') ? [{ what: 'shouts', said: body.match(/\S+!/g) ?? [] }] : []),
};
