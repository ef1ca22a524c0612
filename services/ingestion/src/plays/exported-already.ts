import type { EntityManager } from '@mikro-orm/postgresql';
import { trackKey } from '../play-keys/track-key.js';
import { WINDOW_MARGIN_MS } from './known-plays.js';

interface ToldPlay {
  readonly userId: string;
  readonly playedAt: Date;
  readonly trackId: string;
}

/**
 * Leaves out what an export told before: a play of an API that lies within an exported stream of the same track is
 * that stream, also where the export has its names alone. It is the window of `PlaySelection`, seen from the other side.
 */
export async function withoutExported<P extends ToldPlay>(
  em: EntityManager,
  plays: readonly P[],
): Promise<P[]> {
  if (plays.length === 0) return [];
  const named = await nameKeys(em, [...new Set(plays.map(({ trackId }) => trackId))]);
  const told = plays.map(({ userId, playedAt, trackId }, index) => ({
    index,
    userId,
    playedAt,
    trackId,
    named: named.get(trackId),
  }));
  const rows: { index: number }[] = await em.execute(
    `select told.index
       from jsonb_to_recordset(?::jsonb)
         as told(index int, "userId" uuid, "playedAt" timestamptz, "trackId" text, named text)
      where exists (
        select 1 from play
         where play.user_id = told."userId" and play.track_id in (told."trackId", told.named) and play.source = 'export'
           and play.played_at between told."playedAt" - ?::interval - interval '1 minute'
                                  and told."playedAt" + interval '1 day' + ?::interval
           and (play.whole_minute or play.played_at >= told."playedAt" - ?::interval)
           and play.played_at - play.ms_played * interval '1 millisecond' <= told."playedAt" + ?::interval)`,
    [JSON.stringify(told), MARGIN, MARGIN, MARGIN, MARGIN],
  );
  const exported = new Set(rows.map(({ index }) => index));
  return plays.filter((_, index) => !exported.has(index));
}

/** What an export that has no ids calls these tracks. */
async function nameKeys(em: EntityManager, trackIds: readonly string[]): Promise<Map<string, string>> {
  const rows: { id: string; name: string; artist: string | null }[] = await em.execute(
    `select id, name, artists -> 0 ->> 'name' as artist from track
      where id = any (array(select jsonb_array_elements_text(?::jsonb)))`,
    [JSON.stringify(trackIds)],
  );
  return new Map(
    rows.flatMap(({ id, name, artist }) => (artist ? [[id, trackKey(null, artist, name)]] : [])),
  );
}

const MARGIN = `${WINDOW_MARGIN_MS} milliseconds`;
