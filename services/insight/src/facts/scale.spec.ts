import { describe, expect, it } from 'vitest';
import { factsOf } from './facts.js';
import {
  diversity,
  isNearlyAll,
  isStrongChange,
  levelOfMean,
  levelOfShare,
  sizeOfChange,
  spread,
} from './scale.js';
import { snapshotOf } from './snapshots.arbitrary.js';

describe('the scale', () => {
  it('calls a number by what it is shown as, ends of the middle included', () => {
    expect([0.394, 0.396, 0.6, 0.604, 0.606].map((mean) => levelOfMean('valence', mean))).toEqual([
      'low',
      'mid',
      'mid',
      'mid',
      'high',
    ]);
    expect([-18, -12.04, -12.06, -7.04, -6.9].map((mean) => levelOfMean('loudness', mean))).toEqual([
      'low',
      'mid',
      'low',
      'mid',
      'high',
    ]);
    expect(levelOfMean('tempo', 130.4)).toBe('mid');
    expect(levelOfMean('energy', null)).toBeUndefined();
  });

  it('calls a spread the same whoever asks', () => {
    const of = (std_energy: number | null) =>
      spread(factsOf(snapshotOf({ happy: 20 }, { features: { std_energy } })), 'energy');
    expect([0.114, 0.21, 0.2249, 0.226, null].map(of)).toEqual(['low', 'mid', 'mid', 'high', undefined]);
    const divided = (mood_diversity_score: number) =>
      diversity(factsOf(snapshotOf({ happy: 9 }, { mood_diversity_score })));
    expect([0.49, 0.5, 0.9, 0.91].map(divided)).toEqual(['low', 'mid', 'mid', 'high']);
  });

  it('takes a majority for most, and four fifths for nearly all', () => {
    expect([18, 26, 50.4, 51].map(levelOfShare)).toEqual(['low', 'mid', 'mid', 'high']);
    expect([79.9, 80].map(isNearlyAll)).toEqual([false, true]);
  });

  it('measures a change by the smallest that can be heard', () => {
    expect(sizeOfChange('week.avg_tempo', -6)).toBe(2);
    expect(sizeOfChange('avg_loudness', 0.5)).toBe(1);
    expect(sizeOfChange('mood_patterns.sad.percentage', 6)).toBe(2);
    expect(sizeOfChange('avg_valence', 0.015)).toBe(0.5);
    expect([0.08, 0.1].map((by) => isStrongChange('avg_energy', by))).toEqual([false, true]);
  });
});
