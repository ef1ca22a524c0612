import { defineEntity, p } from '@mikro-orm/core';

/** What a provider, or a person's own export, calls a track: shown to people, never in an event. */
export const Track = defineEntity({
  name: 'Track',
  tableName: 'track',
  properties: {
    id: p.string().primary(),
    name: p.text(),
    artists: p.json<{ id: string; name: string }[]>(),
    album: p.text().nullable(),
    durationMs: p.integer().nullable(),
    /** The names are from an export; a provider's, once there are some, replace them and never go to a model. */
    fromExport: p.boolean().default(false),
    updatedAt: p.datetime(),
  },
});
