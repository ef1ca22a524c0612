import { describe, expect, it } from 'vitest';
import type { ReplayUse } from '../spending/replay-spending.js';
import { roomInBudget } from './room-in-budget.js';

const nothing: ReplayUse = { calls: 0, tokens: 0, usd: null, most: { tokens: null, usd: null } };
const used: ReplayUse = { calls: 5, tokens: 2_600, usd: 0.4, most: { tokens: 800, usd: 0.125 } };
const ALL = Number.POSITIVE_INFINITY;

describe('the room in a budget', () => {
  it('is endless without one, and where templates write', () => {
    expect(roomInBudget({}, used, 900, 2)).toBe(ALL);
    expect(roomInBudget({ calls: 1, tokens: 1, usd: 0.1 }, nothing, 900, 0)).toBe(ALL);
  });

  it('is for one alone while nobody knows what a call takes', () => {
    expect(roomInBudget({ tokens: 5_000 }, nothing, 0, 2)).toBe(1);
    expect(roomInBudget({ tokens: 5_000 }, nothing, 1, 2)).toBe(0);
    expect(roomInBudget({ usd: 1 }, nothing, 0, 2)).toBe(1);
  });

  it('leaves all calls that one may make for each to come and each under way', () => {
    expect(roomInBudget({ calls: 10 }, nothing, 0, 2)).toBe(5);
    expect(roomInBudget({ calls: 10 }, nothing, 4, 2)).toBe(1);
    expect(roomInBudget({ calls: 10 }, used, 1, 2)).toBe(1);
    expect(roomInBudget({ calls: 10 }, used, 2, 2)).toBe(0);
    expect(roomInBudget({ calls: 12 }, used, 0, 6)).toBe(1);
  });

  it('takes each call for as much as any before it was taken for', () => {
    expect(roomInBudget({ tokens: 2_600 + 3 * 1_600 }, used, 0, 2)).toBe(3);
    expect(roomInBudget({ tokens: 2_600 + 3 * 1_600 - 1 }, used, 0, 2)).toBe(2);
    expect(roomInBudget({ tokens: 2_600 + 3 * 1_600 }, used, 3, 2)).toBe(0);
    expect(roomInBudget({ tokens: 9_000_000, usd: 0.65 }, used, 0, 2)).toBe(1);
  });

  it('is never less than none', () => {
    expect(roomInBudget({ tokens: 100 }, used, 3, 2)).toBe(0);
  });

  it('has no end in money where calls cost nothing, or nobody knows what', () => {
    expect(roomInBudget({ usd: 1 }, { ...used, usd: 0, most: { tokens: 800, usd: 0 } }, 9, 2)).toBe(ALL);
    expect(roomInBudget({ usd: 1 }, { ...used, usd: null, most: { tokens: 800, usd: null } }, 9, 2)).toBe(
      ALL,
    );
  });
});
