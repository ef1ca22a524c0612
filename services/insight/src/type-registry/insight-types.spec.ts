import { insightText, toneMode } from '@undertone/contracts/insight/insight';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textFaults } from '../checks/check-answer.js';
import { withoutNames } from '../facts/artists.js';
import { factsOf } from '../facts/facts.js';
import { snapshotOf, snapshots, weeks } from '../facts/snapshots.arbitrary.js';
import { wholeText } from '../insight-text/whole-text.js';
import { insightTypes } from './insight-types.js';

const tones = toneMode.options;

describe.each(Object.values(insightTypes))('templates of $name', (type) => {
  const facts = fc
    .record({
      snapshot: snapshots,
      weeks: fc.option(weeks, { nil: [] }),
      earlier: fc.array(snapshots, { maxLength: 4 }),
      artists: fc.boolean(),
    })
    .map(({ snapshot, weeks: played, earlier, artists }) =>
      factsOf(snapshot, {
        ...(type.uses.weeks &&
          played.length === 0 && { emptyWeek: { from: '2026-11-09', to: '2026-11-15' } }),
        weeks: type.uses.weeks ? played : [],
        earlier: type.uses.weeks && played.length === 0 ? earlier : [],
        artists:
          type.uses.artists && artists
            ? [
                { rank: 1, name: 'The Paper Lanterns' },
                { rank: 2, name: 'Mira Valdéz' },
              ]
            : [],
      }),
    );

  it('give a text that the same checks let through that a model’s has to pass, whatever the facts', () => {
    fc.assert(
      fc.property(facts, fc.constantFrom(...tones), fc.uuid(), (given, tone, seed) => {
        const text = type.write(given, tone, seed);
        expect(insightText.parse(text)).toEqual(text);
        expect(type.schema.parse(text)).toEqual(text);
        expect(textFaults(withoutNames(text, given.artists), type, given)).toEqual([]);
        expect(wholeText(text)).not.toMatch(/undefined|null|NaN|\[object|\{|\}| {2}|\.\.|,,| [.,;:]/);
        expect(type.write(given, tone, seed)).toEqual(text);
      }),
      { numRuns: 60 },
    );
  }, 30_000);

  it('call plays plays: what is weighted by them is of no tracks', () => {
    const played = facts.filter(({ snapshot }) => snapshot.weighting === 'plays');
    const OF_TRACKS =
      /(?:happy|calm|energetic|sad|-sounding) tracks (?!in|for|aside|over|you)|of (?:all|the) tracks\b|between tracks|\btracks (?:were|differ|agree|are|cluster)/i;
    fc.assert(
      fc.property(played, fc.constantFrom(...tones), fc.uuid(), (given, tone, seed) => {
        const { body, highlights } = type.write(given, tone, seed);
        expect([body, ...highlights.map(({ text }) => text)].join('\n')).not.toMatch(OF_TRACKS);
      }),
      { numRuns: 40 },
    );
  }, 30_000);

  /** Plays of so many tracks that all sound happy. */
  const played = (plays: number, tracks: number) => {
    const one = snapshotOf({ happy: tracks }, { weighting: 'plays', source: 'export' });
    const happy = { ...one.mood_patterns.happy, play_count: plays };
    return factsOf({
      ...one,
      total_plays_analyzed: plays,
      mood_patterns: {
        happy,
        calm: { ...one.mood_patterns.calm, play_count: 0 },
        energetic: { ...one.mood_patterns.energetic, play_count: 0 },
        sad: { ...one.mood_patterns.sad, play_count: 0 },
        unknown: { ...one.mood_patterns.unknown, play_count: 0 },
      },
    });
  };

  it.each(tones)('say that a single play is one, and no picture (%s)', (tone) => {
    const { body } = type.write(played(1, 1), tone, 'a');
    expect(body).toMatch(/single track/);
    expect(body).not.toMatch(/\b1 (?:plays|tracks)\b|\bwere 1\b/);
  });

  it.each(tones)('say that many plays are of one track (%s)', (tone) => {
    expect(type.write(played(200, 1), tone, 'a').body).toMatch(/200 plays.*one and the same track/);
    expect(type.write(played(200, 3), tone, 'a').body).toMatch(/200 plays.*3 tracks/);
    expect(type.write(played(200, 100), tone, 'a').body).not.toMatch(/100 tracks/);
  });

  it.each(tones)('rank moods among the known ones, and say so (%s)', (tone) => {
    const some = factsOf(snapshotOf({ happy: 9, calm: 3, energetic: 11, sad: 6, unknown: 21 }));
    expect(type.write(some, tone, 'a').body).toMatch(/most of any known mood/);
    expect(type.write(some, tone, 'a').body).toContain('21 of 50 tracks (42%)');
    const all = factsOf(snapshotOf({ happy: 9, calm: 3, energetic: 11, sad: 6 }));
    expect(type.write(all, tone, 'a').body).not.toMatch(/unknown|no known mood/);
  });

  it.each(tones)('lean on a mood only where its tracks have it firmly (%s)', (tone) => {
    const sad = (confidence: number) => {
      const one = snapshotOf({ sad: 40, calm: 5 });
      return factsOf({
        ...one,
        mood_patterns: { ...one.mood_patterns, sad: { ...one.mood_patterns.sad, confidence } },
      });
    };
    const tied = snapshotOf({ sad: 20, calm: 20 });
    const { sad: ofSad, calm: ofCalm } = tied.mood_patterns;
    const moods = {
      ...tied.mood_patterns,
      calm: { ...ofCalm, confidence: 0.91 },
      sad: { ...ofSad, confidence: 0.33 },
    };
    expect(type.write(factsOf({ ...tied, mood_patterns: moods }), tone, 'a').body).toMatch(/sad.*0\.33/);
    for (const seed of ['a', 'b', 'c']) {
      expect(type.write(sad(0.31), tone, seed).body).toContain('0.31');
      expect(type.write(sad(0.8), tone, seed).body).not.toContain('0.80');
      if (type.name !== 'weekly_summary') expect(type.write(sad(0.31), tone, seed).title).not.toMatch(/sad/i);
    }
  });
});
