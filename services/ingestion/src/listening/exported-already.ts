import type { EntityManager } from '@mikro-orm/postgresql';
import { WINDOW_MARGIN_MS } from '../imports/known-plays.js';

interface ToldPlay {
  readonly userId: string;
  readonly playedAt: Date;
  readonly trackId: string;
}

/**
 * Leaves out what an export told before: a play of an API that lies within an exported stream of the same track is
 * that stream. It is the window of `PlaySelection`, seen from the other side.
 */
export async function withoutExported<P extends ToldPlay>(
  em: EntityManager,
  plays: readonly P[],
): Promise<P[]> {
  if (plays.length === 0) return [];
  const told = plays.map(({ userId, playedAt, trackId }, index) => ({ index, userId, playedAt, trackId }));
  const rows: { index: number }[] = await em.execute(
    `select told.index
       from jsonb_to_recordset(?::jsonb)
         as told(index int, "userId" uuid, "playedAt" timestamptz, "trackId" text)
      where exists (
        select 1 from play
         where play.user_id = told."userId" and play.track_id = told."trackId" and play.source = 'export'
           and play.played_at between told."playedAt" - ?::interval and told."playedAt" + interval '1 day' + ?::interval
           and play.played_at - play.ms_played * interval '1 millisecond' <= told."playedAt" + ?::interval)`,
    [JSON.stringify(told), MARGIN, MARGIN, MARGIN],
  );
  const exported = new Set(rows.map(({ index }) => index));
  return plays.filter((_, index) => !exported.has(index));
}

const MARGIN = `${WINDOW_MARGIN_MS} milliseconds`;
