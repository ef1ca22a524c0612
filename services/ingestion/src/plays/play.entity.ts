import { defineEntity, p } from '@mikro-orm/core';
import type { ListeningSource } from '@undertone/contracts/listening/snapshot';

/** Read model: one play of one track. A person plays one track at one moment, however often we are told. */
export const Play = defineEntity({
  name: 'Play',
  tableName: 'play',
  indexes: [
    {
      // In the order of the history, and with what is counted over it.
      name: 'play_history_index',
      properties: ['userId', 'playedAt', 'id'],
      include: ['trackId', 'msPlayed'],
    },
  ],
  properties: {
    /** See `playId`. */
    id: p.uuid().primary(),
    userId: p.uuid(),
    /** Of an export: when it ended. */
    playedAt: p.datetime(),
    trackId: p.string(),
    /** Null: an API does not say. */
    msPlayed: p.integer().nullable(),
    source: p.string().$type<ListeningSource>(),
    /** Of an export: see `minuteKey`. */
    minuteKey: p.uuid().nullable(),
    /** Of an export's account data: `playedAt` has no seconds. */
    wholeMinute: p.boolean().default(false),
    /** Of an export: the artist as it names them, `artistKey` without its prefix. Null: the log has none. */
    artist: p.uuid().nullable(),
    /** Of the event that brought it. */
    sequence: p.bigint('number'),
  },
});
