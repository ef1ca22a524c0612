import type { BucketLength } from '@undertone/contracts/listening/trends';
import { numberOf, type Weekday } from '@undertone/contracts/weekday';

type Day = Temporal.PlainDate;

/** Whole days of a calendar, from the first to the last, and the moments between which they lie. */
export interface Bucket {
  /** The first day, `2026-11-23`. */
  readonly from: string;
  /** The last one, included. */
  readonly to: string;
  readonly startsAt: Date;
  /** When the last day is over; no part of it. */
  readonly endsAt: Date;
}

/** When a day begins in a zone: not at midnight where the clocks jump over it. */
const startOf = (day: Day, timeZone: string): Date =>
  new Date(day.toZonedDateTime({ timeZone }).epochMilliseconds);

/** The moments between which days lie, from the first to the last, which is included; open where one is absent. */
export function momentsOf(
  { from, to }: { from?: string | undefined; to?: string | undefined },
  timeZone: string,
): { readonly since: Date | undefined; readonly until: Date | undefined } {
  return {
    since: from === undefined ? undefined : startOf(Temporal.PlainDate.from(from), timeZone),
    until: to === undefined ? undefined : startOf(Temporal.PlainDate.from(to).add({ days: 1 }), timeZone),
  };
}

/** The day that a moment lies in. */
export const dayOf = (moment: Date, timeZone: string): string =>
  Temporal.Instant.fromEpochMilliseconds(moment.getTime())
    .toZonedDateTimeISO(timeZone)
    .toPlainDate()
    .toString();

const DAYS_OF_WEEK = 7;

/** The first day of the bucket that a day lies in. */
function firstDay(day: Day, length: BucketLength, weekBegins: Weekday): Day {
  switch (length) {
    case 'day':
      return day;
    case 'week':
      return day.subtract({ days: (day.dayOfWeek - numberOf(weekBegins) + DAYS_OF_WEEK) % DAYS_OF_WEEK });
    case 'month':
      return day.with({ day: 1 });
    default:
      return length satisfies never;
  }
}

const STEP = { day: { days: 1 }, week: { weeks: 1 }, month: { months: 1 } } as const;

/**
 * Whole buckets from the one that holds `last` back to the one that holds `first`, newest first.
 * @param most of them.
 * @param weekBegins weeks begin on that day.
 */
export function bucketsBack(
  length: BucketLength,
  timeZone: string,
  { first, last }: { readonly first: string; readonly last: string },
  most: number,
  weekBegins: Weekday = 'monday',
): Bucket[] {
  const oldest = firstDay(Temporal.PlainDate.from(first), length, weekBegins);
  const buckets: Bucket[] = [];
  for (
    let from = firstDay(Temporal.PlainDate.from(last), length, weekBegins);
    buckets.length < most && Temporal.PlainDate.compare(from, oldest) >= 0;
    from = from.subtract(STEP[length])
  ) {
    const next = from.add(STEP[length]);
    buckets.push({
      from: from.toString(),
      to: next.subtract({ days: 1 }).toString(),
      startsAt: startOf(from, timeZone),
      endsAt: startOf(next, timeZone),
    });
  }
  return buckets;
}

/** The day before a bucket. */
export const dayBefore = ({ from }: Bucket): string =>
  Temporal.PlainDate.from(from).subtract({ days: 1 }).toString();
