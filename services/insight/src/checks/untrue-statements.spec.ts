import type { InsightText } from '@undertone/contracts/insight/insight';
import { describe, expect, it } from 'vitest';
import { factsOf } from '../facts/facts.js';
import { snapshotOf } from '../facts/snapshots.arbitrary.js';
import { contradictionsIn, overclaims, wrongLevels } from './untrue-statements.js';

const features = {
  avg_energy: 0.8,
  avg_valence: 0.3,
  avg_danceability: 0.55,
  avg_acousticness: null,
  avg_loudness: -18,
  std_energy: 0.21,
  std_valence: 0.3,
  std_acousticness: null,
};
const counts = { happy: 4, calm: 11, energetic: 11, sad: 6, unknown: 18 };
const facts = factsOf(snapshotOf(counts, { features }));
const text = (body: string): InsightText => ({ title: '', body, highlights: [], tips: [] });

describe('a measure', () => {
  it.each([
    'High energy, low valence.',
    'Energy was high while brightness stayed low.',
    'Danceability was high, or danceability was low: it is in the middle.',
    'There was no low-energy corner in it.',
    'These were quiet recordings.',
  ])('is called what it is: %s', (body) => expect(wrongLevels(text(body), facts)).toEqual([]));

  it.each([
    ['A low-energy kind of music.', 'low-energy'],
    ['Plenty of brightness, as ever.', 'Plenty of brightness'],
    ['Valence was rather high.', 'Valence was rather high'],
    ['With high acousticness, wood won.', 'high acousticness'],
    ['Loud recordings: -18.0 dB on average.', 'Loud recordings'],
    ['The recordings were loud at -18.0 dB.', 'recordings were loud'],
    ['The average energy of 0.80 is low.', 'energy of 0.80 is low'],
    ['Without a doubt, and no exception: valence was high.', 'valence was high'],
  ])('and not what it is not, or nobody knows: %s', (body, said) =>
    expect(wrongLevels(text(body), facts)).toEqual([said]),
  );
});

describe('a claim', () => {
  const earlier = [
    snapshotOf({ ...counts, happy: 6, calm: 9 }, { features: { ...features, avg_energy: 0.7 } }),
  ];
  const compared = factsOf(facts.snapshot, { earlier });

  it.each([
    ['Most of your music sounded calm.', 'Most of your music sounded calm'],
    ['Nearly everything here was energetic.', 'Nearly everything here was energetic'],
    ['It is the sound you came back to.', 'came back to'],
    ['You kept playing it.', 'kept playing'],
    ['Calm tracks were in the majority, with 11 of 50.', 'Calm tracks were in the majority'],
    ['Without a doubt most of your music sounded calm.', 'most of your music sounded calm'],
    ['Little variation in valence, and in nothing else.', 'Little variation in valence'],
    ['Moderate variation in acousticness.', 'Moderate variation in acousticness'],
  ])('of too much is found: %s', (body, said) => expect(overclaims(text(body), facts)).toEqual([said]));

  it('of a jump is none where the difference is within the margin of counting', () => {
    expect(overclaims(text('The calm share jumped from 18% to 22%.'), compared)).toEqual([
      'calm share jumped',
    ]);
    expect(overclaims(text('The calm share went up, from 18% to 22%.'), compared)).toEqual([]);
    expect(overclaims(text('The calm share fell to 22%.'), compared)).toEqual(['calm share fell']);
  });

  it('that nothing changed is none of so little that nothing can be told', () => {
    expect(overclaims(text('Nothing changed.'), compared)).toEqual(['Nothing changed']);
    expect(overclaims(text('The same sound as before.'), compared)).toEqual(['The same sound']);
    const same = factsOf(facts.snapshot, { earlier: [facts.snapshot] });
    expect(overclaims(text('No real change in the sad share.'), same)).toEqual([]);
    expect(overclaims(text('No real change in the happy share.'), compared)).toHaveLength(1);
  });

  it.each([
    'Happy music kept coming up, from first to last.',
    'Moderate variation in energy (spread 0.21).',
    'Some of it sounded calm, most of it did not.',
    'Energetic and calm share first place.',
    // Other words than the templates' may draw the line between a middle and an end elsewhere.
    'Moderate variation in valence (spread 0.30).',
  ])('that is true passes: %s', (body) => expect(overclaims(text(body), facts)).toEqual([]));

  it('that first place is shared is none where the next is all but level', () => {
    const of = (happy: number, calm: number) => factsOf(snapshotOf({ happy, calm }));
    expect(overclaims(text('Happy and calm share first place.'), of(21, 20))).toEqual([]);
    expect(overclaims(text('Happy and calm share first place.'), of(40, 5))).toEqual(['share first place']);
  });
});

it('two places that cannot both be true are found', () => {
  expect(contradictionsIn(text('Energy was high. And then: low energy, all of it.'))).toEqual([
    '"Energy was high" and "low energy"',
  ]);
  expect(contradictionsIn(text('Energy was high, valence was low.'))).toEqual([]);
});
