import { defineEntity, p } from '@mikro-orm/core';
import type { ListeningSource } from '@undertone/contracts/listening/snapshot';

/**
 * Read model: what was told of a person's streams and is no play: another telling stands for the stream, or it is no listen.
 * With `play` it is all that was told, and what counts is decided again when more is told or some of it is taken back.
 */
export const UnusedTelling = defineEntity({
  name: 'UnusedTelling',
  tableName: 'unused_telling',
  indexes: [{ name: 'unused_telling_user_id_played_at_index', properties: ['userId', 'playedAt'] }],
  properties: {
    id: p.uuid().primary(),
    /** The same words may be told by several imports. */
    sequence: p.bigint('number').primary().autoincrement(false),
    userId: p.uuid(),
    playedAt: p.datetime(),
    trackId: p.string(),
    msPlayed: p.integer().nullable(),
    source: p.string().$type<ListeningSource>(),
    named: p.uuid().nullable(),
    wholeMinute: p.boolean().default(false),
    brokenOff: p.boolean().default(false),
    artist: p.uuid().nullable(),
    /** Of an API that says it: the length of the track, in milliseconds. */
    trackMs: p.integer().nullable(),
  },
});
