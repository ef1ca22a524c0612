import { defineEntity, p } from '@mikro-orm/core';

/** What a provider calls an artist: shown to people, never in an event. Exports' names are in `exported_artist`. */
export const Artist = defineEntity({
  name: 'Artist',
  tableName: 'artist',
  properties: {
    id: p.string().primary(),
    name: p.text(),
    /** Null: the provider does not say, as Spotify does to apps of 2026. */
    genres: p.json<string[]>().nullable(),
    updatedAt: p.datetime(),
  },
});
