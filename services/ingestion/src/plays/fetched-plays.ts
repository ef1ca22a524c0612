import type { EntityManager } from '@mikro-orm/postgresql';
import type { PlaysFetchedData } from '@undertone/contracts/listening/plays-fetched';
import { playId } from '../play-keys/play-id.js';
import { namesKey } from '../play-keys/track-key.js';
import { isInTheFuture } from '../streams/future.js';
import type { StoredTelling } from './stored-telling.js';

/** What brings plays: before they were a fact of their own, lists did. */
export type Fetched = Pick<PlaysFetchedData, 'user_id' | 'source' | 'plays' | 'fetched_at'>;

/** What APIs told, as tellings by person: each once, with the names that the provider gave the track. */
export async function tellingsOf(
  em: EntityManager,
  fetched: readonly (Fetched & { readonly sequence: number })[],
): Promise<Map<string, StoredTelling[]>> {
  const heard = fetched.flatMap(({ plays, fetched_at, ...told }) =>
    plays
      .map(({ track_id, played_at, track_ms = null }) => ({
        ...told,
        track: track_id,
        trackMs: track_ms,
        playedAt: new Date(played_at),
      }))
      .filter(({ playedAt }) => !isInTheFuture(playedAt, new Date(fetched_at))),
  );
  const names = await namesKeys(
    em,
    heard.map(({ track }) => track),
  );
  const tellings = new Map<string, Map<string, StoredTelling>>();
  for (const { user_id: userId, source, sequence, track, trackMs, playedAt } of heard) {
    const id = playId(userId, playedAt, track);
    const own = tellings.get(userId) ?? new Map<string, StoredTelling>();
    tellings.set(userId, own);
    own.set(`${id} ${sequence}`, {
      id,
      at: playedAt.getTime(),
      ms: null,
      track,
      named: names.get(track) ?? null,
      wholeMinute: false,
      brokenOff: false,
      sequence,
      source,
      artist: null,
      trackMs,
      isPlay: false,
    });
  }
  return new Map([...tellings].map(([userId, own]) => [userId, [...own.values()]]));
}

async function namesKeys(em: EntityManager, trackIds: readonly string[]): Promise<Map<string, string>> {
  if (trackIds.length === 0) return new Map();
  const rows: { id: string; name: string; artist: string | null }[] = await em.execute(
    `select id, name, artists -> 0 ->> 'name' as artist from track
      where id = any (array(select jsonb_array_elements_text(?::jsonb)))`,
    [JSON.stringify([...new Set(trackIds)])],
  );
  return new Map(rows.flatMap(({ id, name, artist }) => (artist ? [[id, namesKey(artist, name)]] : [])));
}
