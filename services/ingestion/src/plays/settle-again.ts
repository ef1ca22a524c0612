import type { EntityManager } from '@mikro-orm/postgresql';
import { settlePlays } from './settle-plays.js';
import { type StoredTelling, storedTellings } from './stored-telling.js';

const WINDOW_MS = 30 * 86_400_000;

/** Decides again on all that was told to a person: what a stream has to be to count has changed. */
export async function settleAgain(em: EntityManager, userId: string): Promise<void> {
  for await (const again of monthByMonth(em, userId)) await settlePlays(em, userId, { again });
}

/** Takes back some of what was told: others' tellings of the same streams stand for them again. */
export async function takeBack(
  em: EntityManager,
  userId: string,
  isTakenBack: (telling: StoredTelling) => boolean,
): Promise<void> {
  for await (const tellings of monthByMonth(em, userId)) {
    await settlePlays(em, userId, { gone: tellings.filter(isTakenBack) });
  }
}

/** All that was told to a person, a month after the other: no more of it has to fit into memory. */
async function* monthByMonth(em: EntityManager, userId: string): AsyncGenerator<StoredTelling[]> {
  for (let since = await firstAfter(em, userId, 0); since !== null; ) {
    const until = since + WINDOW_MS;
    const from = since;
    const there = await storedTellings(em, userId, [{ since, until }]);
    yield there.filter(({ at }) => at >= from && at < until);
    since = await firstAfter(em, userId, until);
  }
}

async function firstAfter(em: EntityManager, userId: string, moment: number): Promise<number | null> {
  const first = (table: string) =>
    `(select min(played_at) from ${table} where user_id = ? and played_at >= ?::timestamptz)`;
  const at = new Date(moment);
  const [row] = await em.execute<{ at: string | null }[]>(
    `select round(extract(epoch from least(${first('play')}, ${first('unused_telling')})) * 1000)::text as at`,
    [userId, at, userId, at],
  );
  return row?.at == null ? null : Number(row.at);
}
