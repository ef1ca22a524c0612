import { z } from 'zod';
import { defineEvent } from '../event.js';
import { id } from '../id.js';
import { foreignId } from '../text.js';
import { apiSource, timeRange } from './snapshot.js';

const fetched = {
  user_id: id,
  time_range: timeRange,
  source: apiSource,
  fetched_at: z.iso.datetime(),
  top_tracks: z.array(foreignId).meta({ description: 'Track ids, most listened first.' }),
  top_artists: z.array(foreignId).meta({ description: 'Artist ids, most listened first.' }),
  plays: z.array(z.object({ track_id: foreignId, played_at: z.iso.datetime() })).meta({
    description:
      'Empty since `plays-fetched` has them. Before: recently played, newest first; `played_at` as the provider gives it.',
  }),
};

/** It named the provider of audio features; whose numbers were used, the snapshot says. */
const v1 = z.object({ ...fetched, features_source: z.enum(['spotify', 'reccobeats', 'simulator', 'none']) });

export const ListeningIngested = defineEvent({
  context: 'listening',
  name: 'listening-ingested',
  description: 'What a provider said a person listens to, by id; names are in the track catalogue.',
  schema: z.object(fetched),
  older: [{ schema: v1, upcast: ({ features_source: _, ...data }: z.output<typeof v1>) => data }],
});
export type ListeningIngestedData = z.output<typeof ListeningIngested.schema>;
