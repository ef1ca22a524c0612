import type { ReplayBudget } from '@undertone/contracts/replay/replay';
import type { ReplayTally } from './replay-tally.js';

/** The most that one insight took; null where none was seen. */
export interface Most {
  readonly tokens: number | null;
  readonly usd: number | null;
}

/**
 * How many more insights the budget has room for. Each is taken to need as much as the one that took most, and those
 * under way as if they had used that already, so the budget is passed only by one that takes more than any before it.
 * @param before of insights from before the replay, until it has written one itself.
 */
export function roomInBudget(budget: ReplayBudget, tally: ReplayTally, before: Most): number {
  const { underWay, written, failed } = tally;
  const room = (limit: number | undefined, used: number, own: number | null, other: number | null) => {
    if (limit === undefined) return Number.POSITIVE_INFINITY;
    const each = written > 0 ? (own ?? 0) : other;
    // What one takes is not known before one is there to be seen.
    if (each === null) return used < limit && underWay === 0 ? 1 : 0;
    const left = limit - used - underWay * each;
    if (left <= 0) return 0;
    return each === 0 ? Number.POSITIVE_INFINITY : Math.floor(left / each);
  };
  // A try under way has its call counted already, and may repair; templates make no calls, and insights are counted.
  const calls = Math.max(tally.calls + underWay, written + failed + underWay);
  return Math.max(
    0,
    Math.min(
      budget.calls === undefined ? Number.POSITIVE_INFINITY : budget.calls - calls,
      room(budget.tokens, tally.tokens, tally.most.tokens, before.tokens),
      room(budget.usd, tally.usd ?? 0, tally.most.usd, before.usd),
    ),
  );
}
