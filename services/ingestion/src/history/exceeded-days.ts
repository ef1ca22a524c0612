import type { EntityManager } from '@mikro-orm/postgresql';
import { type Bucket, bucketsBack, dayOf } from './calendar.js';

/** No day is shorter, whatever the clocks do. */
const SHORTEST_DAY_MS = 22 * 3_600_000;

/**
 * Days, between two moments, whose streams are longer together than the day lasts: they overlap, as those of several devices do,
 * and those that a device told later under the time at which it was online again.
 */
export async function exceededDays(
  em: EntityManager,
  userId: string,
  timeZone: string,
  { since, until }: { readonly since: Date; readonly until: Date },
): Promise<Bucket[]> {
  const days = { first: dayOf(since, timeZone), last: dayOf(until, timeZone) };
  const buckets = bucketsBack('day', timeZone, days, Number.POSITIVE_INFINITY).toReversed();
  const [oldest, newest] = [buckets.at(0), buckets.at(-1)];
  if (!oldest || !newest) return [];
  const bounds = `{${buckets.map(({ startsAt }) => startsAt.toISOString()).join()}}`;
  const long: { day: number; ms: number }[] = await em.execute(
    `select width_bucket(played_at, ?::timestamptz[]) as day, sum(ms_played)::double precision as ms
       from play where user_id = ? and played_at >= ? and played_at < ?
      group by 1 having sum(ms_played) > ?`,
    [bounds, userId, oldest.startsAt, newest.endsAt, SHORTEST_DAY_MS],
  );
  return long.flatMap(({ day, ms }) => {
    const bucket = buckets[day - 1];
    return bucket && ms > bucket.endsAt.getTime() - bucket.startsAt.getTime() ? [bucket] : [];
  });
}
