import type { MoodName } from '@undertone/contracts/listening/snapshot';
import { describe, expect, it } from 'vitest';
import { type Change, comparisonOf } from './comparison.js';
import { factsOf } from './facts.js';
import { showChange, shownNumbers } from './shown-numbers.js';
import { snapshotOf } from './snapshots.arbitrary.js';

type Counts = Partial<Record<MoodName, number>>;
type Features = Parameters<typeof snapshotOf>[1];

const changeOf = (metric: string, now: [Counts, Features?], ...before: [Counts, Features?][]): Change => {
  const facts = factsOf(snapshotOf(...now), { earlier: before.map((one) => snapshotOf(...one)) });
  const change = comparisonOf(facts)?.changes.find((one) => one.metric === metric);
  if (!change) throw new Error(`nothing is compared by ${metric}`);
  return change;
};

describe('a difference', () => {
  it('is taken between numbers as they are, and rounded once', () => {
    const of = (avg_energy: number): Features => ({ features: { avg_energy, std_energy: 0.01 } });
    const change = changeOf('avg_energy', [{ happy: 50 }, of(0.6249)], [{ happy: 50 }, of(0.5751)]);
    expect(change.by).toBeCloseTo(0.0498, 9);
    expect(showChange(change)).toBe('0.05 higher');
    const near = changeOf('avg_energy', [{ happy: 50 }, of(0.6151)], [{ happy: 50 }, of(0.6049)]);
    // 0.62 and 0.60, which seem 0.02 apart.
    expect(showChange(near)).toBe('0.01 higher');
  });

  it('of shares is clear where it is more than counting alone would give', () => {
    const share = (now: [number, number], before: [number, number]) =>
      changeOf(
        'mood_patterns.happy.percentage',
        [{ happy: now[0], sad: now[1] - now[0] }],
        [{ happy: before[0], sad: before[1] - before[0] }],
      );
    expect(share([15, 50], [10, 50])).toMatchObject({ by: 10, isClear: false });
    expect(showChange(share([15, 50], [10, 50]))).toBe('no clear change');
    expect(share([30, 50], [10, 50])).toMatchObject({ by: 40, isClear: true });
    expect(share([300, 1_000], [200, 1_000])).toMatchObject({ isClear: true });
    expect(showChange(share([300, 1_000], [200, 1_000]))).toBe('10 percentage points higher');
    expect(showChange(share([10, 50], [10, 50]))).toBe('unchanged');
  });

  it('of means is clear where their deviation allows no other', () => {
    const mean = (avg_valence: number, std_valence: number): Features => ({
      features: { avg_valence, std_valence },
    });
    const change = (std: number) =>
      changeOf('avg_valence', [{ happy: 40 }, mean(0.6, std)], [{ happy: 40 }, mean(0.52, std)]);
    expect(change(0.3).isClear).toBe(false);
    expect(change(0.1).isClear).toBe(true);
  });

  it('is ruled out only where the margin of counting leaves none that could be heard', () => {
    const happy = 'mood_patterns.happy.percentage';
    const even = (n: number): [Counts] => [{ happy: n, sad: n }];
    expect(changeOf(happy, even(25), even(25))).toMatchObject({ by: 0, isClear: false, isSteady: false });
    expect(changeOf(happy, even(5_000), even(5_000))).toMatchObject({ by: 0, isSteady: true });
    expect(changeOf(happy, even(1), even(1))).toMatchObject({ isSteady: false });
    const mean = (avg_energy: number, std_energy: number): [Counts, Features] => [
      { happy: 50 },
      { features: { avg_energy, std_energy } },
    ];
    expect(changeOf('avg_energy', mean(0.5, 0.2), mean(0.5, 0.2)).isSteady).toBe(false);
    expect(changeOf('avg_energy', mean(0.5, 0.02), mean(0.51, 0.02))).toMatchObject({ isSteady: true });
  });

  it('of overlapping snapshots is no clearer for there being more of them', () => {
    const now: [Counts] = [{ happy: 18, sad: 32 }];
    const before: [Counts] = [{ happy: 10, sad: 40 }];
    const metric = 'mood_patterns.happy.percentage';
    expect(changeOf(metric, now, before).isClear).toBe(false);
    expect(changeOf(metric, now, before, before, before, before).isClear).toBe(false);
  });

  it('is none where only coverage moved', () => {
    // Half of each mood's tracks are not known any more.
    const [now, before]: [Counts, Counts] = [
      { happy: 15, sad: 10, unknown: 25 },
      { happy: 30, sad: 20 },
    ];
    const facts = factsOf(snapshotOf(now), { earlier: [snapshotOf(before)] });
    const comparison = comparisonOf(facts);
    expect(comparison?.isKnownOtherwise).toBe(true);
    const ofSound = comparison?.changes.filter(({ metric }) => !metric.includes('unknown')) ?? [];
    expect(ofSound.filter(({ isClear }) => isClear)).toEqual([]);
    expect(shownNumbers(facts).get('change.mood_patterns.happy.percentage')).toBe('no clear change');
    expect(shownNumbers(facts).get('change.mood_patterns.unknown.percentage')).toBe(
      '50 percentage points higher',
    );
  });

  it('of a share is none that is one of what is known, however small', () => {
    // 400 of 500 known, then 440 of 500, with the same share of each mood among them.
    const of = (known: number): [Counts] => [{ happy: known / 2, sad: known / 2, unknown: 500 - known }];
    const change = changeOf('mood_patterns.happy.percentage', of(440), of(400));
    expect(change).toMatchObject({ by: 4, isClear: false });
  });
});
