import { expect, it } from 'vitest';
import { factsOf } from '../facts/facts.js';
import { snapshotOf } from '../facts/snapshots.arbitrary.js';
import { wrongLeaders } from './wrong-standings.js';

const features = { avg_energy: 0.8, avg_valence: 0.3, avg_danceability: 0.55, avg_acousticness: null };
const facts = factsOf(snapshotOf({ happy: 4, calm: 11, energetic: 11, sad: 6, unknown: 18 }, { features }));

it.each([
  'Calm led, and energetic music came first with it.',
  'Most of your music sounded calm.',
  'Energetic tracks dominated.',
  'The leading mood was not happy, but calm.',
  'Happy led before, calm leads now.',
  'Few of the mostly happy songs are left.',
  'Happy music was the second of four.',
  'Happy was the biggest change, and sad was the most affected.',
  'Sad was the largest gain.',
  'The most common mood was happy, now it is calm.',
  'Happy led last week.',
])('a mood that has the largest share may be said to: %s', (text) =>
  expect(wrongLeaders(text, facts)).toEqual([]),
);

it.each([
  ['Happy led by a length.', 'Happy led'],
  ['It was mostly sad, this music.', 'mostly sad'],
  ['Most of your tracks sounded happy over the months.', 'Most of your tracks sounded happy'],
  ['Happy tracks dominated the list.', 'Happy tracks dominated'],
  ['The most common mood was sad.', 'most common mood was sad'],
  ['Sad was the strongest of the moods.', 'Sad was the strongest of the'],
  ['Happy was the biggest.', 'Happy was the biggest.'],
  ['Your music was mostly sad over the last four weeks.', 'mostly sad'],
  ['Happy had the largest share.', 'Happy had the largest share'],
  ['Happy ranked first in it.', 'Happy ranked first'],
])('one that has not may not: %s', (text, said) => expect(wrongLeaders(text, facts)).toEqual([said]));
