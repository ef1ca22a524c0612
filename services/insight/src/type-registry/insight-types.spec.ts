import { insightText, toneMode } from '@undertone/contracts/insight/insight';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textFaults } from '../checks/check-answer.js';
import { withoutNames } from '../facts/artists.js';
import { factsOf } from '../facts/facts.js';
import { snapshots, weeks } from '../facts/snapshots.arbitrary.js';
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
});
