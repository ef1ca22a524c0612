import type { ReplayBudget } from '@undertone/contracts/replay/replay';
import type { ReplayTally } from './replay-tally.js';

/** The most that one insight took; null where none was seen. */
export interface Most {
  readonly tokens: number | null;
  readonly usd: number | null;
}

/**
 * How many more insights the budget has room for. Each is taken to need as much as the one that took most, and so are
 * those under way and the calls that led to none, so the budget is passed only by what takes more than any before it,
 * and by tries that are begun again.
 * @param before what is known from before the replay, until it has written one itself.
 * @param callsEach the most calls that one try makes: with its repair, or none where templates write.
 */
export function roomInBudget(
  budget: ReplayBudget,
  tally: ReplayTally,
  before: Most,
  callsEach: 1 | 2,
): number {
  const { underWay, written, failed } = tally;
  const inVain = Math.max(0, tally.unused - underWay);
  const room = (limit: number | undefined, used: number, own: number | null, other: number | null) => {
    if (limit === undefined) return Number.POSITIVE_INFINITY;
    const each = own ?? other;
    // What one takes is not known before one is there to be seen, and then never where nobody says it.
    if (each === null) return written + failed > 0 ? Number.POSITIVE_INFINITY : underWay === 0 ? 1 : 0;
    const left = limit - (own === null ? written * each : used) - (underWay + inVain) * each;
    if (left <= 0) return 0;
    return each === 0 ? Number.POSITIVE_INFINITY : Math.floor(left / each);
  };
  const roomForCalls = (limit: number) =>
    Math.floor((limit - Math.max(tally.calls, written + failed) - underWay * callsEach) / callsEach);
  return Math.max(
    0,
    Math.min(
      budget.calls === undefined ? Number.POSITIVE_INFINITY : roomForCalls(budget.calls),
      room(budget.tokens, tally.tokens, tally.most.tokens, before.tokens),
      room(budget.usd, tally.usd ?? 0, tally.most.usd, before.usd),
    ),
  );
}
