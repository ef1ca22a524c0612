import type { Trend } from '@undertone/contracts/listening/trends';
import { expect, it } from 'vitest';
import { factsOf } from '../facts/facts.js';
import { snapshotOf } from '../facts/snapshots.arbitrary.js';
import { unsupportedWords } from './unsupported-words.js';

const ofMonths = factsOf(snapshotOf({ happy: 9 }, { time_range: 'medium_term' }));
const ofYear = factsOf(snapshotOf({ happy: 9 }, { time_range: 'long_term' }));

it.each([
  ['Mostly in a minor key.', ['minor key']],
  ['Even the major chords looked down.', ['major chords']],
  ['It stayed in minor.', ['in minor']],
  ['A fair bit of C sharp minor.', ['C sharp minor']],
])('a key is never said, since none is measured: %s', (text, said) =>
  expect(unsupportedWords(text, ofYear)).toEqual(said),
);

it.each([
  ['Over the past year, your music sounded happy.', ['Over the past year']],
  ['This was the sound of the entire year.', ['the entire year']],
  ['It held all year long.', ['all year long']],
  ['The last twelve months sounded happy.', ['last twelve months']],
  ['This year in music was a happy one.', ['This year in']],
])('a year is said of a year alone: %s', (text, said) => {
  expect(unsupportedWords(text, ofMonths)).toEqual(said);
  expect(unsupportedWords(text, ofYear)).toEqual([]);
});

it('a year is not said of a week, whatever range its snapshot has', () => {
  const week = { from: '2026-11-09', to: '2026-11-15' } as Trend;
  const ofWeek = factsOf(ofYear.snapshot, { weeks: [week] });
  expect(unsupportedWords('Over the past year, your music sounded happy.', ofWeek)).toEqual([
    'Over the past year',
  ]);
});

it('a year is not said of a history that is shorter', () => {
  const year = { from: '2025-11-22T00:00:00.000Z', to: '2026-11-21T00:00:00.000Z' };
  const since = (first_played_at: string) =>
    unsupportedWords(
      'Over the past year, your music sounded happy.',
      factsOf(
        snapshotOf(
          { happy: 9 },
          { time_range: 'long_term', weighting: 'plays', period: year, first_played_at },
        ),
      ),
    );
  expect(since('2026-10-30T10:00:00.000Z')).toEqual(['Over the past year']);
  expect(since('2025-12-30T10:00:00.000Z')).toEqual([]);
});

it.each([
  'The key to it is patience, and a minor detail.',
  'Over half a year your music sounded happy.',
  'A major part of it sounded happy.',
  'At this time of year, a happy sound.',
])('other words of the same letters pass: %s', (text) =>
  expect(unsupportedWords(text, ofMonths)).toEqual([]),
);
