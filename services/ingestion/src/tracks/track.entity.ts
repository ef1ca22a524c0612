import { defineEntity, p } from '@mikro-orm/core';

/** What a provider calls a track: shown to people, never in an event, never shown to a model. */
export const Track = defineEntity({
  name: 'Track',
  tableName: 'track',
  properties: {
    id: p.string().primary(),
    name: p.text(),
    artists: p.json<{ id: string; name: string }[]>(),
    album: p.text().nullable(),
    durationMs: p.integer().nullable(),
    updatedAt: p.datetime(),
  },
});
