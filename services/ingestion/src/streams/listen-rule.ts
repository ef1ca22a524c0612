/**
 * The version of the rule below. Whoever changes the rule raises it, describes it in docs/measures.md, and lets the plays be
 * built again.
 */
export const LISTEN_RULE = 'listen-v2';

/** Below this a stream that was broken off is not a listen, in milliseconds. */
const SHORT_MS = 30_000;

/** The ends of a stream that are not the track's (`reason_end` of an export). */
const BREAK_OFF = new Set(['fwdbtn', 'backbtn', 'endplay', 'logout', 'trackerror']);

/** Whether a stream's `reason_end` says that it was broken off. */
export const isBreakOff = (reason: string): boolean =>
  BREAK_OFF.has(reason) || reason.startsWith('unexpected-exit');

/** A person's own threshold: a stream counts from either on. Null: that one does not decide. Where neither can, the rule does. */
export interface OwnThreshold {
  readonly min_seconds: number | null;
  /** Of the track's length, from 0 to 1; where that is unknown, it does not decide. */
  readonly min_share: number | null;
}

export interface Streamed {
  /** Null: not known. */
  readonly ms: number | null;
  readonly brokenOff: boolean;
  /** The track's length in milliseconds, where it is known: see `TrackLengths`. */
  readonly durationMs?: number | undefined;
}

/** Whether a stream is a listen, by a person's own threshold or else by the rule: docs/measures.md. */
export function isListen({ ms, brokenOff, durationMs }: Streamed, own?: OwnThreshold | null): boolean {
  // Spotify's API tells only what it takes for a play.
  if (ms === null) return true;
  if (ms === 0) return false;
  const seconds = own?.min_seconds ?? null;
  const share = durationMs === undefined ? null : (own?.min_share ?? null);
  if (seconds === null && share === null) return !(brokenOff && ms < SHORT_MS);
  if (seconds !== null && ms >= seconds * 1_000) return true;
  return share !== null && durationMs !== undefined && ms >= share * durationMs;
}
