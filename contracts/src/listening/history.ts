import { z } from 'zod';
import { id } from '../id.js';
import { cursor, limit, pageSchema } from '../paging.js';
import { defineRpc } from '../rpc.js';
import { timeZone } from '../time-zone.js';
import { askedTimeZone, days, inOrder, outOfOrder } from './period.js';
import { listeningSource, moodNames } from './snapshot.js';

const asked = { user_id: id, ...days };
const page = { limit, cursor };

export const historyQuery = z
  .strictObject({ ...asked, time_zone: askedTimeZone, ...page })
  .refine(inOrder, outOfOrder);

/** Names as the catalogue has them. */
export const namedArtist = z.object({ id: z.string(), name: z.string() }).meta({
  id: 'NamedArtist',
  description: 'The provider’s id, or `name:…` where an export gave the name alone.',
});

export const namedBy = z.enum(['provider', 'export']).nullable().meta({
  id: 'NamedBy',
  description: 'Who gave the names: a provider, or a data export; null: nobody did.',
});

export const playedTrack = z
  .object({
    play_id: id,
    played_at: z.iso
      .datetime()
      .meta({ description: 'Of an export: when the play ended; else as the provider says.' }),
    track_id: z.string(),
    name: z.string().nullable(),
    artists: z.array(namedArtist),
    album: z.string().nullable(),
    named_by: namedBy,
    ms_played: z
      .int()
      .min(0)
      .nullable()
      .meta({ description: 'Milliseconds; null: Spotify’s API does not say.' }),
    source: listeningSource,
    mood: z
      .enum(moodNames)
      .meta({ description: '`unknown` without the features that the classifier needs.' }),
    exceeds_day: z.literal(true).optional().meta({
      description: 'The streams of its day are longer together than the day: they overlap.',
    }),
    mood_confidence: z.number().min(0).max(1).optional().meta({
      description:
        'From 0 at the edge to another mood to 1 well inside; no probability. Absent where the mood is unknown.',
    }),
    possible_gap_since: z.iso.datetime().optional().meta({
      description:
        'Plays may be missing from this moment up to this play: Spotify tells the last 50 alone, and no import has told of the time since.',
    }),
    possible_gap_until: z.iso
      .datetime()
      .optional()
      .meta({ description: 'Plays may be missing from this play up to this moment.' }),
  })
  .meta({ id: 'PlayedTrack' });
export type PlayedTrack = z.output<typeof playedTrack>;

export const listHistory = defineRpc({
  service: 'ingestion',
  question: 'list-history',
  access: { owner: 'user_id' },
  input: z.object({ ...asked, time_zone: timeZone, ...page }),
  output: pageSchema(playedTrack),
});
export type HistoryQuestion = z.output<typeof listHistory.input>;
