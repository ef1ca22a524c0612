import { defineEntity, p } from '@mikro-orm/core';
import type { ListeningSource } from '@undertone/contracts/listening/snapshot';

/** Read model: one play of one track. A person plays one track at one moment, however often we are told. */
export const Play = defineEntity({
  name: 'Play',
  tableName: 'play',
  properties: {
    userId: p.uuid().primary(),
    playedAt: p.datetime().primary(),
    trackId: p.string().primary(),
    source: p.string().$type<ListeningSource>(),
  },
});
