import type { EntityManager } from '@mikro-orm/postgresql';
import { trackKey } from '../play-keys/track-key.js';
import { namesForPerson } from '../tracks/names-for-person.js';
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
  const named = await nameKeys(em, plays);
  const told = plays.map(({ userId, playedAt, trackId }, index) => ({
    index,
    userId,
    playedAt,
    trackId,
    named: named.get(`${userId} ${trackId}`),
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

/** What an export that has no ids calls these tracks, by person and track. */
async function nameKeys(em: EntityManager, plays: readonly ToldPlay[]): Promise<Map<string, string>> {
  const keys = new Map<string, string>();
  for (const [userId, told] of Map.groupBy(plays, (play) => play.userId)) {
    const rows: { id: string; name: string; artist: string | null }[] = await em.execute(
      `with told as (select distinct jsonb_array_elements_text(?::jsonb) as track_id)
       select id, name, artists -> 0 ->> 'name' as artist from (${namesForPerson('told', '?')}) as named`,
      [JSON.stringify(told.map(({ trackId }) => trackId)), userId],
    );
    for (const { id, name, artist } of rows) {
      if (artist) keys.set(`${userId} ${id}`, trackKey(null, artist, name));
    }
  }
  return keys;
}

const MARGIN = `${WINDOW_MARGIN_MS} milliseconds`;
