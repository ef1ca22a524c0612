import { z } from 'zod';
import { defineEvent } from '../event.js';
import { id } from '../id.js';
import { foreignId } from '../text.js';
import { featureSource, listeningSource, timeRange } from './snapshot.js';

export const ListeningIngested = defineEvent({
  context: 'listening',
  name: 'listening-ingested',
  description: 'What a provider said a person listens to, by id; names are in the track catalogue.',
  schema: z.object({
    user_id: id,
    time_range: timeRange,
    source: listeningSource,
    fetched_at: z.iso.datetime(),
    features_source: featureSource,
    top_tracks: z.array(foreignId).meta({ description: 'Track ids, most listened first.' }),
    top_artists: z.array(foreignId).meta({ description: 'Artist ids, most listened first.' }),
    plays: z
      .array(z.object({ track_id: foreignId, played_at: z.iso.datetime() }))
      .meta({ description: 'Recently played, newest first; `played_at` as the provider gives it.' }),
  }),
});
export type ListeningIngestedData = z.output<typeof ListeningIngested.schema>;
