import { z } from 'zod';
import { defineEvent } from '../event.js';
import { id } from '../id.js';
import { foreignId } from '../text.js';
import { apiSource } from './snapshot.js';

/** The length of a track, in milliseconds: none is longer than a day. */
export const trackMs = z.int().min(1).max(86_400_000);

export const PlaysFetched = defineEvent({
  context: 'listening',
  name: 'plays-fetched',
  description: 'A provider was asked what a person played last.',
  schema: z.object({
    user_id: id,
    source: apiSource,
    fetched_at: z.iso.datetime(),
    plays: z
      .array(
        z.object({
          track_id: foreignId,
          played_at: z.iso.datetime(),
          track_ms: trackMs.optional().meta({
            description:
              'The length of the track; absent where the provider does not say it, and in logs of earlier releases.',
          }),
        }),
      )
      .meta({
        description:
          'Newest first, without those that the log has already; `played_at` as the provider gives it.',
      }),
    possible_gap: z.object({ after: z.iso.datetime(), before: z.iso.datetime() }).optional().meta({
      description:
        'The provider gave as many plays as it ever does and none that was known: between these moments there may be plays that it no longer tells.',
    }),
  }),
});
export type PlaysFetchedData = z.output<typeof PlaysFetched.schema>;
