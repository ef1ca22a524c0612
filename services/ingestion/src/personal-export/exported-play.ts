import type { EntityManager } from '@mikro-orm/postgresql';
import type { PlayedTrack } from '@undertone/contracts/listening/history';
import type { ListeningSource } from '@undertone/contracts/listening/snapshot';
import { trackNames, unnamed } from '../history/track-names.js';
import { isNameKey } from '../play-keys/track-key.js';
import { Play } from '../plays/play.entity.js';
import { UnusedTelling } from '../plays/unused-telling.entity.js';
import { Track } from '../tracks/track.entity.js';

/** A play, or what else was told of a stream, with all that it is called. */
export interface ExportedPlay extends Pick<PlayedTrack, 'name' | 'artists' | 'album' | 'named_by'> {
  readonly id: string;
  /** Of an export: when it ended; an API's moment is the start or the end, which Spotify does not promise. */
  readonly playedAt: Date;
  /** Account data cuts the seconds off `playedAt`. */
  readonly wholeMinute: boolean;
  /** Spotify's id of the track; null: it is known by its names alone. */
  readonly spotifyId: string | null;
  /** Null: an API does not say. */
  readonly msPlayed: number | null;
  /** Of the whole track, where that is known. */
  readonly lengthMs: number | null;
  readonly brokenOff: boolean;
  readonly source: ListeningSource;
  /** Of the event that brought it. */
  readonly sequence: number;
}

/** Rows of both tables, oldest first: those after a place, which is `keyOf` the row before. */
const readers = {
  plays: (em: EntityManager, userId: string, after: Place | undefined, limit: number) =>
    em.find(Play, behind(userId, after), {
      orderBy: { playedAt: 'asc', id: 'asc' },
      limit,
      disableIdentityMap: true,
    }),
  unused: (em: EntityManager, userId: string, after: Place | undefined, limit: number) =>
    em.find(UnusedTelling, behind(userId, after), {
      orderBy: { playedAt: 'asc', id: 'asc', sequence: 'asc' },
      limit,
      disableIdentityMap: true,
    }),
};

/** When, which and, where the same was told twice, by which event. */
type Place = readonly [moment: string, id: string, sequence: number];

export const keyOf = ({ playedAt, id, sequence }: ExportedPlay): string =>
  JSON.stringify([playedAt.toISOString(), id, sequence]);

/** @param after `keyOf` the last one of the page before. */
export async function exportedPlays(
  em: EntityManager,
  of: keyof typeof readers,
  userId: string,
  after: string | undefined,
  limit: number,
): Promise<ExportedPlay[]> {
  const place = after === undefined ? undefined : (JSON.parse(after) as Place);
  const rows = await readers[of](em, userId, place, limit);
  const ids = [...new Set(rows.map(({ trackId }) => trackId))];
  const [names, lengths] = await Promise.all([trackNames(em.fork(), userId, ids), lengthsOf(em.fork(), ids)]);
  return rows.map((row) => ({
    ...(names.get(row.trackId) ?? unnamed),
    id: row.id,
    playedAt: row.playedAt,
    wholeMinute: row.wholeMinute,
    spotifyId: isNameKey(row.trackId) ? null : row.trackId,
    msPlayed: row.msPlayed ?? null,
    lengthMs: row.trackMs ?? lengths.get(row.trackId) ?? null,
    brokenOff: row.brokenOff,
    source: row.source,
    sequence: row.sequence,
  }));
}

function behind(userId: string, after: Place | undefined) {
  if (!after) return { userId };
  const [moment, id, sequence] = after;
  const playedAt = new Date(moment);
  // The first condition says what the others imply, for the index to begin there.
  return {
    userId,
    playedAt: { $gte: playedAt },
    $or: [{ playedAt: { $gt: playedAt } }, { id: { $gt: id } }, { id, sequence: { $gt: sequence } }],
  };
}

async function lengthsOf(em: EntityManager, ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const rows = await em.find(
    Track,
    { id: { $in: [...ids] }, durationMs: { $ne: null } },
    { fields: ['durationMs'], disableIdentityMap: true },
  );
  return new Map(rows.flatMap(({ id, durationMs }) => (durationMs == null ? [] : [[id, durationMs]])));
}
