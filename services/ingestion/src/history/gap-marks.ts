import type { PlayedTrack } from '@undertone/contracts/listening/history';
import type { Span } from './open-gaps.js';

interface Played {
  readonly playedAt: Date;
}

/**
 * What the plays on either side of a gap say of it.
 * @param play of the history.
 * @param gaps of the period that is shown.
 * @param beside the next plays of the history; undefined: the period has none there.
 */
export function gapMarks(
  { playedAt }: Played,
  gaps: readonly Span[],
  { newer, older }: { readonly newer: Played | undefined; readonly older: Played | undefined },
): Pick<PlayedTrack, 'possible_gap_since' | 'possible_gap_until'> {
  const before = gaps.filter(({ until }) => until <= playedAt && !(older && older.playedAt >= until));
  const after = gaps.filter(({ since }) => since >= playedAt && !(newer && newer.playedAt <= since));
  const since = before.map((gap) => gap.since.toISOString()).sort()[0];
  const until = after
    .map((gap) => gap.until.toISOString())
    .sort()
    .at(-1);
  return {
    ...(since && { possible_gap_since: since }),
    ...(until && { possible_gap_until: until }),
  };
}
