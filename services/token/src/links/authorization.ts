/**
 * Spotify's authorizations end six months after they were given, refreshed or not. Source: Spotify for Developers, "Refreshing
 * tokens".
 */
const MONTHS = 6;

/** How many days ahead a person is warned; the farthest first. */
export const DUE_DAYS = [30, 7] as const;

/** When an authorization ends that was given at a time: on the same day of the month, or the last that there is. */
export const authorizationEnd = (given: Date): Date => shifted(given, MONTHS);

/** An authorization that was given at this time or before ends within so many days. */
export function dueSince(now: Date, days: number): Date {
  const end = new Date(now);
  end.setUTCDate(end.getUTCDate() + days);
  return shifted(end, -MONTHS);
}

function shifted(from: Date, months: number): Date {
  const to = new Date(from);
  to.setUTCDate(1);
  to.setUTCMonth(to.getUTCMonth() + months);
  const last = new Date(Date.UTC(to.getUTCFullYear(), to.getUTCMonth() + 1, 0)).getUTCDate();
  to.setUTCDate(Math.min(from.getUTCDate(), last));
  return to;
}
