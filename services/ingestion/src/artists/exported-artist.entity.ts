import { defineEntity, p } from '@mikro-orm/core';

/** Read model: how a person's own export writes an artist's name. Nobody else ever sees it. */
export const ExportedArtist = defineEntity({
  name: 'ExportedArtist',
  tableName: 'exported_artist',
  properties: {
    userId: p.uuid().primary(),
    /** See `artistKey`. */
    id: p.string().primary(),
    name: p.text(),
  },
});
