import { defineEntity, p } from '@mikro-orm/core';

/** Read model: what a person's own export calls a track. Nobody else ever sees it. */
export const ExportedTrack = defineEntity({
  name: 'ExportedTrack',
  tableName: 'exported_track',
  properties: {
    userId: p.uuid().primary(),
    trackId: p.string().primary(),
    name: p.text(),
    /** The export's artist, under its `artistKey`. */
    artists: p.json<{ id: string; name: string }[]>(),
    album: p.text().nullable(),
  },
});
