import { defineEntity, p } from '@mikro-orm/core';

/** What a provider calls a track: shown to people, never in an event. Exports' names are in `exported_track`. */
export const Track = defineEntity({
  name: 'Track',
  tableName: 'track',
  checks: [{ name: 'track_named_by_provider', expression: 'not from_export' }],
  properties: {
    id: p.string().primary(),
    name: p.text(),
    artists: p.json<{ id: string; name: string }[]>(),
    album: p.text().nullable(),
    durationMs: p.integer().nullable(),
    /** Never true: a column that replicas of an earlier release read. */
    fromExport: p.boolean().default(false),
    updatedAt: p.datetime(),
  },
});
