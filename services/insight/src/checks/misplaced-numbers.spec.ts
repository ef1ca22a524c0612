import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { factsOf } from '../facts/facts.js';
import { showMeasure } from '../facts/shown-numbers.js';
import { snapshotOf, snapshots } from '../facts/snapshots.arbitrary.js';
import { misplacedNumbers } from './misplaced-numbers.js';

const features = {
  avg_valence: 0.54,
  avg_energy: 0.62,
  avg_danceability: 0.49,
  std_energy: 0.19,
  avg_tempo: 116.2,
  avg_loudness: -6.6,
};
const moods = { happy: 9, calm: 3, energetic: 11, sad: 6, unknown: 21 };
const earlier = [
  snapshotOf(moods, { snapshot_date: '2026-11-13', features: { ...features, avg_energy: 0.57 } }),
];
const facts = factsOf(snapshotOf(moods, { features }), { earlier });

const misplaced = (body: string, highlights: { metric: string; text: string }[] = []) =>
  misplacedNumbers({ title: 'A title', body, highlights, tips: [] }, facts);

describe('a number', () => {
  it.each([
    'Energy averaged 0.62, valence 0.54 and danceability 0.49.',
    'Brightness (valence) came to 0.54, with an energy of 0.62 beside it.',
    'The energy of 0.62 spread by 0.19 and rose from 0.57, which is 0.05 higher.',
    'Energy stood at 0.62, against 0.57 before; a change of -0.05 would have been calm.',
    'Happy music made up 18%, calm 6%.',
    'Sad music came after it, with 6 of 50 tracks (12%).',
    'For 29 of 50 tracks a mood is known (58%), and 22% were energetic.',
    'The happy tracks averaged 0.62 in energy at 116 BPM and -6.6 dB.',
    'Happy and energetic together lead, at 18% and 22%.',
    'The music is happy. 0.62 is a number of its own here.',
    'There is no known mood for 42% of it.',
    'Happy and calm made up 18% and 6%.',
    'Energy and valence were 0.62 and 0.54 respectively.',
    'Energy, valence and danceability averaged 0.62, 0.54 and 0.49.',
    'Your music had energy, for valence and danceability held at 0.54 and 0.49.',
    'Positivity averaged 0.54, while energy hit 0.62.',
    'A danceable 0.49 with an energy of 0.62.',
    'A catchy feel at 0.49, with energy at 0.62.',
    'Out of 50 tracks, 9 sounded happy, 11 energetic.',
    'The top 3 moods are told of here, and happy is one.',
    'Energy came to 0.62/1.00, and 0.62 out of 1 is a good deal.',
    'Energy is one of 3 measures told of.',
  ])('said of its own measure passes: %s', (body) => expect(misplaced(body)).toEqual([]));

  it.each([
    ['Energy averaged 0.54, a balanced place.', 'Energy averaged 0.54'],
    ['It was bright: valence at 0.62, energy at 0.62.', 'valence at 0.62'],
    ['The danceability rose, from where it was, to 0.54.', 'to 0.54.'],
    ['A mood diversity of 0.62 is a wide one.', 'A mood diversity of 0.62 is a wide one.'],
    ['Happy music made up 22% of all.', 'Happy music made up 22% of all.'],
    ['Sad tracks led the list with 11 of 50 tracks.', '11 of 50 tracks.'],
    ['Twenty-two percent of it sounded calm.', 'Twenty-two percent of it sounded calm.'],
    ['No mood is known for 18% of it.', 'No mood is known for 18% of it.'],
    ['Out of 50 tracks, 11 sounded happy, 3 of them calm.', '11 sounded happy'],
    ['Energy averaged 0.62, and before it was 0.54.', 'and before it was 0.54.'],
    ['Valence is known, while energy averaged 0.49.', 'while energy averaged 0.49.'],
  ])('said of another is found: %s', (body, clause) => expect(misplaced(body)).toEqual([clause]));

  it('in a highlight is one of what the highlight cites', () => {
    const highlight = (metric: string, text: string) => misplaced('Nothing.', [{ metric, text }]);
    expect(highlight('avg_energy', 'It came to 0.62.')).toEqual([]);
    expect(highlight('change.avg_energy', 'It came to 0.62, from 0.57.')).toEqual([]);
    expect(highlight('mood_patterns.calm', '3 of 50, no more.')).toEqual([]);
    expect(highlight('mood_patterns.calm', 'A quiet corner.')).toEqual([]);
    expect(highlight('coverage', 'Read from 29 of 50 tracks.')).toEqual([]);
    expect(highlight('avg_energy', 'As of 20 November 2026, and for 3 weeks.')).toEqual([]);
    expect(highlight('avg_energy', 'It came to 0.54.')).toEqual(['It came to 0.54.']);
    expect(highlight('mood_patterns.calm', 'It was 22%.')).toEqual(['It was 22%.']);
  });

  it('of plays is a mood’s as one of tracks is', () => {
    const { mood_patterns: patterns } = facts.snapshot;
    const played = snapshotOf(moods, {
      features,
      weighting: 'plays',
      total_plays_analyzed: 200,
      mood_patterns: {
        ...patterns,
        happy: { ...patterns.happy, play_count: 88 },
        energetic: { ...patterns.energetic, play_count: 71 },
      },
    });
    const said = (body: string) =>
      misplacedNumbers({ title: '', body, highlights: [], tips: [] }, factsOf(played));
    expect(said('Happy had 88 plays of 200.')).toEqual([]);
    expect(said('Happy had 71 plays.')).toEqual(['Happy had 71 plays.']);
  });

  it('may be the size of a change, whose sign is in its words', () => {
    const earlier = [snapshotOf(moods, { features: { ...features, avg_loudness: -4.6, std_loudness: 2 } })];
    const louder = factsOf(snapshotOf(moods, { features: { ...features, std_loudness: 6.6 } }), { earlier });
    const body = 'Loudness averaged 6.6 dB below full scale.';
    expect(misplacedNumbers({ title: '', body, highlights: [], tips: [] }, louder)).toEqual([]);
  });

  it('that one measure takes from another is found, whatever the snapshot', () => {
    fc.assert(
      fc.property(snapshots, (any) => {
        const { avg_energy: energy, std_energy: spread, avg_valence: valence } = any.audio_features;
        fc.pre(energy !== null && valence !== null);
        const [a, b] = [showMeasure(energy ?? 0), showMeasure(valence ?? 0)];
        fc.pre(a !== b && b !== showMeasure(spread ?? 0));
        const said = (body: string) =>
          misplacedNumbers({ title: '', body, highlights: [], tips: [] }, factsOf(any));
        expect(said(`Its energy averaged ${a} and its valence ${b}.`)).toEqual([]);
        expect(said(`Its energy averaged ${b}.`)).toHaveLength(1);
      }),
    );
  }, 30_000);
});
