import { keysOf } from './neighbourhood.js';
import type { Telling } from './telling.js';

/** What a telling says of the length of its track. */
export type ToldLength = Pick<Telling, 'track' | 'named' | 'ms' | 'brokenOff' | 'wholeMinute'> & {
  /** In milliseconds, as an API tells it; null: this telling has none. */
  readonly trackMs?: number | null;
};

/**
 * How long a person's tracks are, by what was told to them alone: the longest that an API says a track is, or else the longest
 * stream of it that was not broken off. Account data does not say whether one was. Tellings of one track are those with
 * the same id or names.
 */
export class TrackLengths {
  private readonly told = new Map<string, number>();
  private readonly heard = new Map<string, number>();

  add(telling: ToldLength): void {
    const { trackMs, ms, brokenOff, wholeMinute } = telling;
    for (const key of keysOf(telling)) {
      keepLonger(this.told, key, trackMs);
      if (!brokenOff && !wholeMinute) keepLonger(this.heard, key, ms);
    }
  }

  /** In milliseconds; undefined: nothing says it. */
  of(telling: Pick<Telling, 'track' | 'named'>): number | undefined {
    const keys = keysOf(telling);
    return longest(this.told, keys) ?? longest(this.heard, keys);
  }
}

function keepLonger(lengths: Map<string, number>, key: string, ms: number | null | undefined): void {
  if (ms && ms > (lengths.get(key) ?? 0)) lengths.set(key, ms);
}

function longest(lengths: ReadonlyMap<string, number>, keys: readonly string[]): number | undefined {
  const known = keys.flatMap((key) => lengths.get(key) ?? []);
  return known.length === 0 ? undefined : Math.max(...known);
}
