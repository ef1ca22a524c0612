import { defineEntity, p } from '@mikro-orm/core';
import type { ListeningSource } from '@undertone/contracts/listening/snapshot';

/** Read model: one play of one track, by the telling of it that says most. The others are in `unused_telling`. */
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
    /** See `tellingId` and `playId`. */
    id: p.uuid().primary(),
    userId: p.uuid(),
    /** Of an export: when it ended. */
    playedAt: p.datetime(),
    trackId: p.string(),
    /** Null: an API does not say. */
    msPlayed: p.integer().nullable(),
    source: p.string().$type<ListeningSource>(),
    /** `namesKey` without its prefix. Null: nobody named the track when it was told. */
    named: p.uuid().nullable(),
    /** Never set: a column that replicas of an earlier release write. */
    minuteKey: p.uuid().nullable(),
    /** Of an export's account data: `playedAt` has no seconds. */
    wholeMinute: p.boolean().default(false),
    /** Of an export that says so: the track was not over. */
    brokenOff: p.boolean().default(false),
    /** Of an export: the artist as it names them, `artistKey` without its prefix. Null: the log has none. */
    artist: p.uuid().nullable(),
    /** Of an API that says it: the length of the track, in milliseconds. */
    trackMs: p.integer().nullable(),
    /** Of the event that brought it. */
    sequence: p.bigint('number'),
  },
});
