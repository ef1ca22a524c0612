import { describe, expect, it } from 'vitest';
import type { ReplayTally } from './replay-tally.js';
import { roomInBudget } from './room-in-budget.js';

const nothing: ReplayTally = {
  written: 0,
  failed: 0,
  underWay: 0,
  retries: 0,
  calls: 0,
  tokens: 0,
  usd: null,
  most: { tokens: 0, usd: null },
};
const unknown = { tokens: null, usd: null };
const ALL = Number.POSITIVE_INFINITY;

describe('the room in a budget', () => {
  it('is endless without one', () => {
    expect(roomInBudget({}, { ...nothing, underWay: 900, calls: 5_000 }, unknown)).toBe(ALL);
  });

  it('is for one alone while nobody knows what one takes', () => {
    expect(roomInBudget({ tokens: 5_000 }, nothing, unknown)).toBe(1);
    expect(roomInBudget({ tokens: 5_000 }, { ...nothing, underWay: 1 }, unknown)).toBe(0);
    expect(roomInBudget({ usd: 1 }, nothing, unknown)).toBe(1);
  });

  it('goes by insights from before until one is written', () => {
    expect(roomInBudget({ tokens: 5_000 }, nothing, { tokens: 1_000, usd: null })).toBe(5);
    expect(roomInBudget({ usd: 1 }, { ...nothing, underWay: 2 }, { tokens: null, usd: 0.25 })).toBe(2);
  });

  it('takes each for as much as the one that took most, those under way too', () => {
    const tally = { ...nothing, written: 4, tokens: 2_600, usd: 0.4, most: { tokens: 800, usd: 0.2 } };
    expect(roomInBudget({ tokens: 5_000 }, tally, unknown)).toBe(3);
    expect(roomInBudget({ tokens: 5_000 }, { ...tally, underWay: 2 }, unknown)).toBe(1);
    expect(roomInBudget({ tokens: 5_000 }, { ...tally, underWay: 3 }, unknown)).toBe(0);
    expect(roomInBudget({ tokens: 5_000, usd: 0.65 }, tally, unknown)).toBe(1);
  });

  it('has an end at the last unit, and none for what costs nothing', () => {
    const tally = { ...nothing, written: 2, tokens: 1_000, most: { tokens: 500, usd: null } };
    expect(roomInBudget({ tokens: 1_499 }, tally, unknown)).toBe(0);
    expect(roomInBudget({ tokens: 1_500 }, tally, unknown)).toBe(1);
    expect(roomInBudget({ usd: 0.01 }, tally, unknown)).toBe(ALL);
  });

  it('leaves a call for the repair of each that is under way', () => {
    const tally = { ...nothing, written: 3, calls: 5, underWay: 1 };
    expect(roomInBudget({ calls: 8 }, tally, unknown)).toBe(2);
    expect(roomInBudget({ calls: 5 }, { ...tally, underWay: 0 }, unknown)).toBe(0);
  });

  it('counts insights as calls where templates make none', () => {
    expect(roomInBudget({ calls: 3 }, { ...nothing, written: 2, failed: 1 }, unknown)).toBe(0);
  });
});
