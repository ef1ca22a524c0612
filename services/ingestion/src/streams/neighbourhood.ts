import { DisjointSets } from './disjoint-sets.js';
import type { Telling } from './telling.js';

/** From one moment to another, in milliseconds. */
export interface Range {
  readonly since: number;
  readonly until: number;
}

/** Tellings of one track whose ends are further apart are not compared: "within seconds of each other". */
export const NEAR_MS = 10_000;
export const MINUTE_MS = 60_000;

/** The time that a telling speaks of, with all that its source leaves open. */
export const rangeOf = ({ at, ms, wholeMinute }: Telling): Range => ({
  since: at - (ms ?? 0) - NEAR_MS,
  until: at + NEAR_MS + (wholeMinute ? MINUTE_MS : 0),
});

/** What a track may be recognised by. */
export const keysOf = ({ track, named }: Pick<Telling, 'track' | 'named'>): string[] =>
  named === null || named === track ? [track] : [track, named];

/**
 * Tellings that may speak of the same streams: those of one track whose times overlap, and theirs. What is in two
 * neighbourhoods is never the same stream, so each can be decided on by itself.
 */
export function neighbourhoods<T extends Telling>(tellings: readonly T[]): T[][] {
  const inOrder = tellings
    .map((telling) => ({ telling, ...rangeOf(telling) }))
    .sort((a, b) => a.since - b.since);
  const sets = new DisjointSets(inOrder.length);
  const reached = new Map<string, { index: number; until: number }>();
  for (const [index, { telling, since, until }] of inOrder.entries()) {
    for (const key of keysOf(telling)) {
      const before = reached.get(key);
      if (before && since <= before.until) sets.join(before.index, index);
      reached.set(key, {
        index,
        until: before && since <= before.until ? Math.max(before.until, until) : until,
      });
    }
  }
  return sets.sets().map((members) => members.flatMap((index) => inOrder[index]?.telling ?? []));
}
