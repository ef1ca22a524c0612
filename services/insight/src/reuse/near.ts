import { moodNames, type Snapshot } from '@undertone/contracts/listening/snapshot';
import type { Facts } from '../facts/facts.js';
import { CARRYING } from '../facts/scale.js';
import { comparableNumbers } from './reuse-key.js';

/** How far a number may have moved, in the unit that it is shown in; stated in docs/measures.md. */
export const NEAR = { points: 6, bpm: 3, decibels: 1, measure: 0.05, count: 3, countShare: 0.05 } as const;

/**
 * Whether two snapshots are so alike that a text about the one may stand for the other: the same numbers are known, none
 * has moved further than `NEAR`, and the mood that led still does, but for one track.
 * @returns the number that moved furthest for its limit, in words; `undefined` where they are not alike.
 */
export function nearlyTheSame(before: Facts, now: Facts): string | undefined {
  if (!stillLeads(before.snapshot, now.snapshot)) return undefined;
  const then = new Map(comparableNumbers(before));
  const numbers = comparableNumbers(now);
  if (then.size !== numbers.length) return undefined;
  let furthest = { share: 0, words: 'no number has moved' };
  for (const [metric, shown] of numbers) {
    const old = then.get(metric);
    if (old === undefined) return undefined;
    if (old === shown) continue;
    // How firmly a mood is known decides whether a text leans on it, and by how much more or less it is says little.
    if (metric.endsWith('.confidence')) {
      if (isEnough(old) !== isEnough(shown)) return undefined;
      continue;
    }
    const share = moved(old, shown);
    // Shown numbers are decimals; their differences as floats are off in the last digits.
    if (!(share <= 1 + 1e-9)) return undefined;
    if (share > furthest.share)
      furthest = { share, words: `what moved most is ${metric}, from ${old} to ${shown}` };
  }
  return furthest.words;
}

const isEnough = (confidence: string): boolean => Number(confidence) >= CARRYING;

/** How much of its limit a move takes; NaN where the two cannot be compared. */
function moved(before: string, now: string): number {
  const [a, b] = [numberOf(before), numberOf(now)];
  return Math.abs(a - b) / limitFor(now, Math.max(Math.abs(a), Math.abs(b)));
}

function limitFor(shown: string, size: number): number {
  if (shown.endsWith('%')) return NEAR.points;
  if (shown.endsWith('BPM')) return NEAR.bpm;
  if (shown.endsWith('dB')) return NEAR.decibels;
  return shown.includes('.') ? NEAR.measure : Math.max(NEAR.count, NEAR.countShare * size);
}

/** The value of a number as `shownNumbers` words it: `under 1%`, `1,204`, `121 BPM`. */
function numberOf(shown: string): number {
  if (shown === 'under 1%') return 0.5;
  if (shown === 'over 99%') return 99.5;
  return /^-?[\d,.]+(%| BPM| dB)?$/.test(shown) ? Number.parseFloat(shown.replaceAll(',', '')) : Number.NaN;
}

/** Whether the moods that were the most frequent are so now, but for one track. */
function stillLeads({ mood_patterns: before }: Snapshot, { mood_patterns: now }: Snapshot): boolean {
  const known = moodNames.filter((mood) => mood !== 'unknown');
  const most = (moods: Snapshot['mood_patterns']) =>
    Math.max(...known.map((mood) => moods[mood].track_count));
  const led = known.filter((mood) => before[mood].track_count === most(before));
  return led.every((mood) => now[mood].track_count >= most(now) - 1);
}
