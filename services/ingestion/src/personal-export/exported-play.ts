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
  /** Another import told the same in the same words, as a play or before this. */
  readonly isRepeated: boolean;
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
  const played = of === 'plays' ? new Set() : await playedOf(em.fork(), rows);
  return rows.map((row, index) => ({
    ...(names.get(row.trackId) ?? unnamed),
    id: row.id,
    playedAt: row.playedAt,
    wholeMinute: row.wholeMinute,
    spotifyId: isNameKey(row.trackId) ? null : row.trackId,
    msPlayed: row.msPlayed ?? null,
    lengthMs: row.trackMs ?? lengths.get(row.trackId) ?? null,
    brokenOff: row.brokenOff,
    source: row.source,
    isRepeated: played.has(row.id) || (rows[index - 1]?.id ?? place?.[1]) === row.id,
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

/** Which of them are plays, too. */
async function playedOf(em: EntityManager, rows: readonly { id: string }[]): Promise<ReadonlySet<unknown>> {
  const ids = rows.map(({ id }) => id);
  const plays = await em.find(Play, { id: { $in: ids } }, { fields: ['id'], disableIdentityMap: true });
  return new Set(plays.map(({ id }) => id));
}

async function lengthsOf(em: EntityManager, ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const rows = await em.find(
    Track,
    { id: { $in: [...ids] }, durationMs: { $ne: null } },
    { fields: ['durationMs'], disableIdentityMap: true },
  );
  return new Map(rows.flatMap(({ id, durationMs }) => (durationMs == null ? [] : [[id, durationMs]])));
}
