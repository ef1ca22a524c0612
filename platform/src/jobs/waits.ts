/** A shorter wait stays with the lane's consumer, where it counts as work; a longer one is taken out of it. */
export const SHORT_WAIT_MS = 5_000;
/** Of one wait between two tries: the JOBS stream keeps a job for 30 days, all of its tries together. */
export const LONGEST_WAIT_MS = 24 * 60 * 60 * 1000;
/** After so long a job that still waits its turn fails: it must end, and be seen to, before its stream forgets it. */
export const LONGEST_LIFE_MS = 14 * 24 * 60 * 60 * 1000;

/** Whole milliseconds, and not before now. */
export const wait = (ms: number): number => Math.max(0, Math.round(ms));
