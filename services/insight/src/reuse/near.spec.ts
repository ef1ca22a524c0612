import type { Snapshot } from '@undertone/contracts/listening/snapshot';
import { inventedSnapshot } from '@undertone/contracts/test-kit/invented-snapshot';
import { describe, expect, it } from 'vitest';
import { inventedFacts } from '../example-texts/invented-facts.js';
import { factsOf } from '../facts/facts.js';
import { nearlyTheSame } from './near.js';

const before = inventedSnapshot();
const features = (change: Partial<Snapshot['audio_features']>) =>
  inventedSnapshot({ audio_features: { ...before.audio_features, ...change } });
const moods = (change: Partial<Snapshot['mood_patterns']>) =>
  inventedSnapshot({ mood_patterns: { ...before.mood_patterns, ...change } });
const near = (now: Snapshot) => nearlyTheSame(factsOf(before), factsOf(now));
const share = (percentage: number, track_count: number) => ({
  ...before.mood_patterns.sad,
  percentage,
  track_count,
});

describe('a snapshot', () => {
  it('is nearly one that says the same on another day', () => {
    expect(near(inventedSnapshot({ snapshot_date: '2026-11-21' }))).toBe('no number has moved');
  });

  it.each([
    ['measure', features({ avg_valence: 0.67 }), features({ avg_valence: 0.68 })],
    ['tempo', features({ avg_tempo: 124.4 }), features({ avg_tempo: 125.4 })],
    ['loudness', features({ avg_loudness: -8.3 }), features({ avg_loudness: -8.4 })],
    ['share', moods({ sad: share(14, 4) }), moods({ sad: share(15, 4) })],
    ['count', moods({ sad: share(8, 7) }), moods({ sad: share(8, 8) })],
    [
      'diversity',
      inventedSnapshot({ mood_diversity_score: 0.86 }),
      inventedSnapshot({ mood_diversity_score: 0.87 }),
    ],
  ])('is nearly the one before up to the limit of each %s', (_what, within, beyond) => {
    expect(near(within)).toMatch(/^what moved most is /);
    expect(near(beyond)).toBeUndefined();
  });

  it.each([
    ['under 1%', 0.003, 0.06, 0.07],
    ['over 99%', 0.997, 0.94, 0.93],
  ])('is compared by half a point where a share is shown as %s', (_shown, coverage, within, beyond) => {
    const against = (now: number) =>
      nearlyTheSame(factsOf(features({ coverage })), factsOf(features({ coverage: now })));
    expect(against(within)).toMatch(/^what moved most is coverage/);
    expect(against(beyond)).toBeUndefined();
  });

  it('is not, where a mood that carried a text does so no more', () => {
    const firm = (confidence: number) => factsOf(moods({ sad: { ...before.mood_patterns.sad, confidence } }));
    expect(nearlyTheSame(firm(0.9), firm(0.55))).toBe('no number has moved');
    expect(nearlyTheSame(firm(0.52), firm(0.48))).toBeUndefined();
    expect(nearlyTheSame(firm(0.48), firm(0.52))).toBeUndefined();
  });

  it('may count more or fewer by a twentieth where there are many', () => {
    const plays = (total_plays_analyzed: number) => factsOf(inventedSnapshot({ total_plays_analyzed }));
    expect(nearlyTheSame(plays(1_204), plays(1_267))).toBeDefined();
    expect(nearlyTheSame(plays(1_267), plays(1_204))).toBeDefined();
    expect(nearlyTheSame(plays(1_204), plays(1_268))).toBeUndefined();
  });

  it.each([
    ['what moved most is avg_tempo, from 121 BPM to 123 BPM', { avg_valence: 0.65, avg_tempo: 123.4 }],
    ['what moved most is avg_valence, from 0.62 to 0.66', { avg_valence: 0.66, avg_tempo: 123.4 }],
  ])('says %s, each number by its own limit', (words, change) => {
    expect(near(features(change))).toBe(words);
  });

  it('is another one when other numbers are known, though as many', () => {
    const [valence, energy] = [features({ avg_valence: null }), features({ avg_energy: null })];
    expect(nearlyTheSame(factsOf(valence), factsOf(energy))).toBeUndefined();
    expect(nearlyTheSame(factsOf(valence), factsOf(before))).toBeUndefined();
  });

  it('is another one when a number is no longer known', () => {
    expect(near(features({ avg_valence: null }))).toBeUndefined();
  });

  it('is another one when another mood leads by more than a track', () => {
    expect(near(moods({ happy: share(26, 12), energetic: share(26, 13) }))).toBeDefined();
    expect(near(moods({ happy: share(24, 12), energetic: share(26, 13) }))).toBeDefined();
    expect(near(moods({ happy: share(24, 12), energetic: share(26, 14) }))).toBeUndefined();
  });

  it.each([
    ['one track behind', 11, 12, true],
    ['two tracks behind', 11, 13, false],
  ])(
    'is judged by the mood that led, even where every number is close: %s',
    (_what, happy, energetic, isNear) => {
      // More tracks are of no known mood than of any: that is no mood to lead.
      const led = moods({ happy: share(25, 12), energetic: share(24, 11) });
      const now = moods({ happy: share(24, happy), energetic: share(25, energetic) });
      expect(nearlyTheSame(factsOf(led), factsOf(now)) !== undefined).toBe(isNear);
    },
  );

  it('may have another of two moods in front that led together, by one track', () => {
    const both = moods({ happy: share(24, 12), energetic: share(24, 12) });
    const one = moods({ happy: share(25, 13), energetic: share(24, 12) });
    const far = moods({ happy: share(25, 14), energetic: share(24, 12) });
    expect(nearlyTheSame(factsOf(both), factsOf(one))).toBeDefined();
    expect(nearlyTheSame(factsOf(both), factsOf(far))).toBeUndefined();
  });
});

describe('facts of a week', () => {
  const told = inventedFacts(1);
  const [week, ...earlier] = told.weeks;
  if (!week) throw new Error('these facts are of no week');

  it('are nearly themselves, with what is no number', () => {
    expect(nearlyTheSame(told, told)).toBe('no number has moved');
  });

  it('are others of another day: a date is no number', () => {
    const later = { ...week, from: '2026-11-10' };
    expect(week.from).toBe('2026-11-09');
    expect(nearlyTheSame(told, { ...told, weeks: [later, ...earlier] })).toBeUndefined();
  });
});
