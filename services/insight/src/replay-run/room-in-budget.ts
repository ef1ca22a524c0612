import type { ReplayBudget } from '@undertone/contracts/replay/replay';
import type { ConfiguredModels } from '../model-settings/configured-models.js';
import type { ReplayUse } from '../spending/replay-spending.js';

/** The most calls that one try makes: its own and a repair's, of every model in order; none where templates write. */
export const callsOfOne = ({ order }: ConfiguredModels): number => 2 * order.length;

const UNITS = ['calls', 'tokens', 'usd'] as const;

/**
 * How many more insights to request, so that none of their calls is refused for the budget: each, and each under way, is
 * taken to make as many calls as it can, and each call to take as much as any before it was taken to need.
 * @param callsEach see `callsOfOne`.
 */
export function roomInBudget(
  budget: ReplayBudget,
  used: ReplayUse,
  underWay: number,
  callsEach: number,
): number {
  const rooms = UNITS.map((unit) => {
    const limit = budget[unit];
    const oneCall = unit === 'calls' ? 1 : used.most[unit];
    if (limit === undefined || callsEach === 0) return Number.POSITIVE_INFINITY;
    if (oneCall === null) {
      // What a call takes is not known before one is made, and then never where there is no price.
      if (used.calls > 0) return Number.POSITIVE_INFINITY;
      return underWay === 0 ? 1 : 0;
    }
    const each = oneCall * callsEach;
    return each === 0 ? Number.POSITIVE_INFINITY : Math.floor((limit - (used[unit] ?? 0)) / each) - underWay;
  });
  return Math.max(0, Math.min(...rooms));
}
