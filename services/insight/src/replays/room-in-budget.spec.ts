import { describe, expect, it } from 'vitest';
import type { ReplayTally } from './replay-tally.js';
import type { ReplayBudget } from '@undertone/contracts/replay/replay';
import { type Most, roomInBudget } from './room-in-budget.js';

const nothing: ReplayTally = {
  written: 0,
  failed: 0,
  underWay: 0,
  retries: 0,
  calls: 0,
  unused: 0,
  tokens: 0,
  usd: null,
  most: { tokens: null, usd: null },
};
const unknown = { tokens: null, usd: null };
const room = (budget: ReplayBudget, tally: ReplayTally, before: Most, callsEach: 1 | 2 = 2) =>
  roomInBudget(budget, tally, before, callsEach);
const ALL = Number.POSITIVE_INFINITY;

describe('the room in a budget', () => {
  it('is endless without one', () => {
    expect(room({}, { ...nothing, underWay: 900, calls: 5_000 }, unknown)).toBe(ALL);
  });

  it('is for one alone while nobody knows what one takes', () => {
    expect(room({ tokens: 5_000 }, nothing, unknown)).toBe(1);
    expect(room({ tokens: 5_000 }, { ...nothing, underWay: 1 }, unknown)).toBe(0);
    expect(room({ usd: 1 }, nothing, unknown)).toBe(1);
  });

  it('goes by insights from before until one is written', () => {
    expect(room({ tokens: 5_000 }, nothing, { tokens: 1_000, usd: null })).toBe(5);
    expect(room({ usd: 1 }, { ...nothing, underWay: 2 }, { tokens: null, usd: 0.25 })).toBe(2);
  });

  it('takes each for as much as the one that took most, those under way too', () => {
    const tally = { ...nothing, written: 4, tokens: 2_600, usd: 0.4, most: { tokens: 800, usd: 0.2 } };
    expect(room({ tokens: 5_000 }, tally, unknown)).toBe(3);
    expect(room({ tokens: 5_000 }, { ...tally, underWay: 2 }, unknown)).toBe(1);
    expect(room({ tokens: 5_000 }, { ...tally, underWay: 3 }, unknown)).toBe(0);
    expect(room({ tokens: 5_000, usd: 0.65 }, tally, unknown)).toBe(1);
  });

  it('has an end at the last unit, and none for what costs nothing', () => {
    const tally = { ...nothing, written: 2, tokens: 1_000, most: { tokens: 500, usd: null } };
    expect(room({ tokens: 1_499 }, tally, unknown)).toBe(0);
    expect(room({ tokens: 1_500 }, tally, unknown)).toBe(1);
    expect(room({ usd: 0.01 }, tally, unknown)).toBe(ALL);
  });

  it('leaves two calls for each to come and each under way: its own and a repair’s', () => {
    expect(room({ calls: 10 }, nothing, unknown)).toBe(5);
    expect(room({ calls: 10 }, { ...nothing, underWay: 4 }, unknown)).toBe(1);
    const tally = { ...nothing, written: 3, calls: 5, underWay: 1 };
    expect(room({ calls: 9 }, tally, unknown)).toBe(1);
    expect(room({ calls: 8 }, tally, unknown)).toBe(0);
  });

  it('counts insights as calls where templates make none', () => {
    expect(room({ calls: 3 }, { ...nothing, written: 2, failed: 1 }, unknown, 1)).toBe(0);
    expect(room({ calls: 3 }, { ...nothing, written: 1, underWay: 1 }, unknown, 1)).toBe(1);
  });

  it('counts calls that led to nothing as what one takes, so that a prompt that always fails has an end', () => {
    const failing = { ...nothing, failed: 4, calls: 8, unused: 8 };
    expect(room({ tokens: 10_000 }, failing, { tokens: 1_000, usd: null })).toBe(2);
    expect(room({ tokens: 8_000 }, failing, { tokens: 1_000, usd: null })).toBe(0);
    expect(room({ usd: 1 }, { ...failing, underWay: 3, unused: 11 }, { tokens: null, usd: 0.125 })).toBe(0);
  });

  it('counts insights that do not say what they took as what a call may take', () => {
    expect(room({ tokens: 5_000 }, { ...nothing, written: 3 }, { tokens: 1_000, usd: null })).toBe(2);
  });
});
