import type { TimeRange } from '@undertone/contracts/listening/snapshot';
import type { IngestionSettings } from '../settings.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** The moment after which a range's lists must have been fetched to count as fresh, ISO 8601. */
export function listsFreshAfter(settings: IngestionSettings, range: TimeRange, now: Date): string {
  const hours = {
    short_term: settings.FRESH_HOURS_SHORT_TERM,
    medium_term: settings.FRESH_HOURS_MEDIUM_TERM,
    long_term: settings.FRESH_HOURS_LONG_TERM,
  }[range];
  return new Date(now.getTime() - hours * HOUR_MS).toISOString();
}

/** The same for what a person played last. */
export const playsFreshAfter = (settings: IngestionSettings, now: Date): string =>
  new Date(now.getTime() - settings.FRESH_MINUTES_PLAYS * MINUTE_MS).toISOString();
