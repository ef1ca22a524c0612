import { snapshot as schema } from '@undertone/contracts/listening/snapshot';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unknownNumbers } from '../checks/unknown-numbers.js';
import { numbersIn } from '../insight-text/numbers-in-text.js';
import { factsOf } from './facts.js';
import {
  citableMetrics,
  showHours,
  showLoudness,
  showMeasure,
  shownNumbers,
  showPercent,
} from './shown-numbers.js';
import { snapshotOf, snapshots } from './snapshots.arbitrary.js';

const facts = factsOf(
  snapshotOf(
    { happy: 9, calm: 3, energetic: 11, sad: 6, unknown: 21 },
    { features: { avg_valence: 0.4812, avg_tempo: 121.47, avg_loudness: -7.284, std_energy: null } },
  ),
);
const unknown = (text: string) => unknownNumbers(text, facts);

describe('the numbers of a snapshot', () => {
  it('are shown rounded, by metric, without those that are not known', () => {
    const shown = Object.fromEntries(shownNumbers(facts));
    expect(shown).toMatchObject({
      avg_valence: '0.48',
      avg_tempo: '121 BPM',
      avg_loudness: '-7.3 dB',
      'mood_patterns.happy.percentage': '18%',
      'mood_patterns.happy.track_count': '9',
      coverage: '58%',
      known_tracks: '29',
      total_tracks_analyzed: '50',
      snapshot_date: '20 November 2026',
    });
    expect(shown).not.toHaveProperty('std_energy');
  });

  it('never round a share to nothing or to everything', () => {
    expect([0, 0.2, 0.49, 0.5, 99.4, 99.5, 99.7, 100].map(showPercent)).toEqual([
      '0%',
      'under 1%',
      'under 1%',
      '1%',
      '99%',
      'over 99%',
      'over 99%',
      '100%',
    ]);
  });

  it('have no negative nought', () => {
    expect(showLoudness(-0.04)).toBe('0.0 dB');
    expect(showMeasure(-0.001)).toBe('0.00');
  });

  it('are minutes where there is less than an hour', () => {
    expect([0, 0.01, 0.1, 1 / 60, 0.99, 0.999, 1.24, 14.2].map(showHours)).toEqual([
      '0 minutes',
      'under 1 minute',
      '6 minutes',
      '1 minute',
      '59 minutes',
      '1.0 hour',
      '1.2 hours',
      '14.2 hours',
    ]);
  });

  it('can be cited by metric, and moods as a whole', () => {
    const metrics = citableMetrics(facts);
    for (const metric of ['avg_valence', 'coverage', 'mood_diversity_score', 'mood_patterns.happy']) {
      expect(metrics).toContain(metric);
    }
    for (const metric of ['avg_happiness', 'std_energy', 'known_tracks'])
      expect(metrics).not.toContain(metric);
  });
});

describe('the numbers of a text', () => {
  it('are read with their units', () => {
    expect(
      numbersIn('18% of 1,204 tracks, -7.3 dB at 121 BPM, or .5').map(({ value, unit }) => [value, unit]),
    ).toEqual([
      [18, 'percent'],
      [1204, 'tracks'],
      [-7.3, 'decibels'],
      [121, 'bpm'],
      [0.5, 'plain'],
    ]);
  });

  it('have dates as a whole', () => {
    const dates = '2026-11-20, 20 November 2026, November 20th, 2026, Nov 20, 20 Nov and November 2026';
    expect(numbersIn(dates).map(({ value }) => value)).toEqual([
      20261120, 20261120, 20261120, 1120, 1120, 20261100,
    ]);
  });

  it.each([
    '9 of 50 tracks (18%) sounded happy, at 0.48 and 121 BPM, -7.3 dB.',
    'Loudness of −7.3 dB, or 7.3 dB below full scale.',
    'A snapshot of 2026-11-20, taken in November 2026.',
    'The average was 0.48 on a scale from 0 to 1; that is 0.48 out of 1.',
    'between 9 and 11, or 9–11, of 50',
    'eighteen percent, nine tracks',
    'over the last 6 months',
    'One of these, two or three at a time, half awake.',
  ])('are the snapshot’s: %s', (text) => expect(unknown(text)).toEqual([]));

  it.each([
    ['19% happy', ['19%']],
    ['18.4% happy', ['18.4%']],
    ['48% valence', ['48%']],
    ['0.481', ['0.481']],
    ['-0.48', ['-0.48']],
    ['over the last 4 weeks', ['4 weeks']],
    ['a 10-minute walk', ['10-minute']],
    ['9k plays, 9 times a day, 9th place, v9, a 9-fold rise', ['9', '9', '9', '9', '9']],
    ['19 November 2026 and November 21, 2026', ['19 November 2026', 'November 21, 2026']],
    ['2026 tracks', ['2026 tracks']],
    ['1/3 of them, or ½', ['1', '1', '2']],
    ['forty percent and twenty-two songs', ['forty percent', 'twenty-two songs']],
    ['٤٢ and ４３', ['٤٢', '43']],
    ['1\u200b8%, and 7\u200b7%', ['77%']],
    ['1\u202f204 tracks', ['1204 tracks']],
    ['0 to 10', ['0', '10']],
    ['1e9', ['1', '9']],
    ['played 9 times', ['9 times']],
  ])('are not the snapshot’s: %s', (text, expected) =>
    expect(unknown(text).sort()).toEqual([...expected].sort()),
  );

  it('are all known of what is shown, whatever the snapshot', () => {
    fc.assert(
      fc.property(snapshots, (any) => {
        expect(schema.safeParse(any).success).toBe(true);
        const text = [...shownNumbers(factsOf(any)).values()].join('; ');
        expect(unknownNumbers(text, factsOf(any))).toEqual([]);
      }),
    );
  });

  it('are found unknown wherever a model makes one up', () => {
    fc.assert(
      fc.property(snapshots, fc.double({ min: 0.001, max: 0.999, noNaN: true }), (any, lie) => {
        fc.pre(
          ![...shownNumbers(factsOf(any)).values()].some((shown) =>
            shown.includes(lie.toFixed(3).slice(0, 4)),
          ),
        );
        expect(unknownNumbers(`Your music averaged ${lie.toFixed(3)}.`, factsOf(any))).toHaveLength(1);
      }),
    );
  });
});
