import { z } from 'zod';
import { id } from '../id.js';
import { cursor, limit, pageSchema } from '../paging.js';
import { defineRpc } from '../rpc.js';
import { timeZone } from '../time-zone.js';
import { namedArtist, namedBy } from './history.js';
import { askedTimeZone, days, inOrder, outOfOrder } from './period.js';

export const topKind = z.enum(['artists', 'tracks', 'albums']).meta({ id: 'TopKind' });
export type TopKind = z.output<typeof topKind>;

const asked = {
  user_id: id,
  kind: topKind,
  by: z
    .enum(['count', 'time'])
    .default('count')
    .meta({ description: '`count`: the number of plays; `time`: what is known of their length.' }),
  ...days,
};
const page = { limit, cursor };

export const topQuery = z
  .strictObject({ ...asked, time_zone: askedTimeZone, ...page })
  .refine(inOrder, outOfOrder);

export const topEntry = z
  .object({
    rank: z
      .int()
      .min(1)
      .meta({ description: 'Equal entries share a rank, and stand in the order of their ids.' }),
    id: z.string().meta({ description: 'A provider’s, where it gave one; else opaque and stable.' }),
    name: z.string().nullable(),
    artists: z.array(namedArtist).meta({ description: 'Of a track, or an album; none of an artist.' }),
    album: z.string().nullable().meta({ description: 'Of a track.' }),
    named_by: namedBy,
    plays: z.int().min(1),
    ms_played: z.int().min(0).nullable().meta({
      description: 'Sum over the plays whose length is known; null: of none. Nothing is estimated.',
    }),
    time_coverage: z
      .number()
      .min(0)
      .max(1)
      .meta({ description: 'Share of the plays whose length is known.' }),
  })
  .meta({ id: 'TopEntry' });
export type TopEntry = z.output<typeof topEntry>;

export const topPage = pageSchema(topEntry);

export const listTop = defineRpc({
  service: 'ingestion',
  question: 'list-top',
  access: { owner: 'user_id' },
  input: z.object({ ...asked, time_zone: timeZone, ...page }),
  output: topPage,
  timeoutMs: 15_000,
});
export type TopQuestion = z.output<typeof listTop.input>;
