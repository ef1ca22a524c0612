import { z } from 'zod';
import { defineEvent } from '../event.js';
import { id } from '../id.js';
import { apiSource } from '../listening/snapshot.js';
import { insightContent } from './insight.js';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** What tells whether it may be given again: hashes of all that it follows from, without the numbers and with them. */
const reuseKey = z.object({ scope: sha256, key: sha256 });

const generated = {
  insight_id: id,
  user_id: id,
  ...insightContent,
  reuse: reuseKey.optional(),
  calls: z.int().min(0).optional().meta({
    description:
      'Calls that a model answered for it: 2 where its first answer had to be repaired, 0 where none was asked. Who did not answer is in `fallbacks`.',
  }),
  generated_at: z.iso.datetime(),
  requested_at: z.iso.datetime().optional().meta({
    description: 'When its job was asked for: the version that was in use then wrote it.',
  }),
};

/** Listening came from an API alone, before data exports were read. */
const v1 = z.object({ ...generated, source: apiSource });

export const InsightGenerated = defineEvent({
  context: 'insight',
  name: 'insight-generated',
  description: 'An insight was written from a snapshot.',
  schema: z.object(generated),
  older: [{ schema: v1, upcast: (data: z.output<typeof v1>) => data }],
});
export type InsightGeneratedData = z.output<typeof InsightGenerated.schema>;
