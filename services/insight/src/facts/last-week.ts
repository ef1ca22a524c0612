import { userExists } from '@undertone/contracts/identity/rpc';
import type { Snapshot } from '@undertone/contracts/listening/snapshot';
import { listTrends, type Trend } from '@undertone/contracts/listening/trends';
import { numberOf, type Weekday } from '@undertone/contracts/weekday';
import type { RpcClient } from '@undertone/platform/rpc/rpc-client';

const DAYS_OF_WEEK = 7;
/** How many weeks before are looked at. */
const WEEKS_BEFORE = 4;

/** A person's last whole week and those before, newest first, each with plays; or the last one, which has none. */
export type LastWeeks =
  | { readonly weeks: readonly [Trend, ...Trend[]]; readonly emptyWeek?: never }
  | { readonly weeks: readonly []; readonly emptyWeek: Pick<Trend, 'from' | 'to'> };

/**
 * The plays of a person's last whole week and of the weeks before that have any. Weeks are the calendar's, because different tracks are counted by calendar week and cannot be added
 * up from days, and whole ones, so that the same snapshot gets the same week whenever it is asked for.
 * @throws {ServiceUnavailable} identity, which knows the time zone, or ingestion does not answer.
 */
export async function lastWeeks(rpc: RpcClient, snapshot: Snapshot): Promise<LastWeeks> {
  const { user_id } = snapshot;
  const { time_zone, first_day_of_week } = await rpc.ask(userExists, { user_id });
  const timeZone = time_zone ?? 'UTC';
  const weekBegins = first_day_of_week ?? 'sunday';
  const { from, to } = lastWholeWeek(snapshot, timeZone, weekBegins);
  const first = from.subtract({ weeks: WEEKS_BEFORE });
  const { items } = await rpc.ask(listTrends, {
    user_id,
    bucket: 'week',
    first_day_of_week: weekBegins,
    time_zone: timeZone,
    from: first.toString(),
    to: to.toString(),
    limit: WEEKS_BEFORE + 1,
  });
  const [last, ...before] = items.filter(({ plays }) => plays > 0);
  if (last?.from === from.toString()) return { weeks: [last, ...before] };
  return { weeks: [], emptyWeek: { from: from.toString(), to: to.toString() } };
}

/**
 * The seven days before the last first day of a week that had begun in the person's time zone when the snapshot was taken, but at the latest when
 * its day was over in UTC: one that is computed again later, or of an export, speaks of its own day.
 */
export function lastWholeWeek(
  { snapshot_date, created_at }: Pick<Snapshot, 'snapshot_date' | 'created_at'>,
  timeZone: string,
  weekBegins: Weekday,
): { readonly from: Temporal.PlainDate; readonly to: Temporal.PlainDate } {
  const dayIsOver = Temporal.PlainDate.from(snapshot_date)
    .add({ days: 1 })
    .toZonedDateTime('UTC')
    .toInstant();
  const created = Temporal.Instant.from(created_at);
  const taken = Temporal.Instant.compare(created, dayIsOver) < 0 ? created : dayIsOver;
  const day = taken.toZonedDateTimeISO(timeZone).toPlainDate();
  const begun = day.subtract({ days: (day.dayOfWeek - numberOf(weekBegins) + DAYS_OF_WEEK) % DAYS_OF_WEEK });
  return { from: begun.subtract({ weeks: 1 }), to: begun.subtract({ days: 1 }) };
}
