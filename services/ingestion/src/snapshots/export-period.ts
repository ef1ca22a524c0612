import type { Period, TimeRange } from '@undertone/contracts/listening/snapshot';

const DAY_MS = 86_400_000;

/** Whole weeks, so that no day of the week counts more often than another. */
const DAYS: Readonly<Record<TimeRange, number>> = { short_term: 28, medium_term: 182, long_term: 364 };

/** What a range covers that ends with a day in UTC (`2026-10-30`), the whole of that day included. */
export function periodUpTo(lastDay: string, range: TimeRange): Period {
  const to = Date.parse(`${lastDay}T00:00:00Z`) + DAY_MS;
  return { from: new Date(to - DAYS[range] * DAY_MS).toISOString(), to: new Date(to).toISOString() };
}
