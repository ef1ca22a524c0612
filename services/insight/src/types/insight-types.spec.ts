import { type InsightText, insightText, toneMode } from '@undertone/contracts/insight/insight';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inventedFacts } from '../texts/invented-facts.js';
import { textFaults } from '../writers/checks/check-answer.js';
import { wholeText } from '../writers/checks/whole-text.js';
import { snapshots } from '../writers/template/snapshots.arbitrary.js';
import { withoutNames } from './artists.js';
import { factsOf } from './facts.js';
import { insightTypes } from './insight-types.js';

const tones = toneMode.options;
const firstSentence = ({ body }: InsightText) => body.split(/(?<=[.!?]) /)[0] ?? '';

describe.each(Object.values(insightTypes))('templates of $name', (type) => {
  const facts = fc
    .record({ snapshot: snapshots, earlier: fc.array(snapshots, { maxLength: 4 }), artists: fc.boolean() })
    .map(({ snapshot, earlier, artists }) =>
      factsOf(snapshot, {
        earlier: type.uses.earlierWeeks ? earlier : [],
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
      { numRuns: 150 },
    );
  });

  it('open differently for each leading mood', () => {
    const openings = new Map<string, string>();
    for (const tone of tones) {
      for (let seed = 0; seed < 50; seed += 1) {
        const given = inventedFacts(seed);
        const counts = Object.entries(given.snapshot.mood_patterns).filter(([mood]) => mood !== 'unknown');
        const most = Math.max(...counts.map(([, { track_count }]) => track_count));
        const leaders = counts.filter(([, { track_count }]) => track_count === most).map(([mood]) => mood);
        const opening = firstSentence(type.write(given, tone, String(seed)));
        // Not the same sentence with the mood's name exchanged, either.
        const frame = leaders.reduce((said, mood) => said.replaceAll(new RegExp(mood, 'gi'), '*'), opening);
        if (leaders.length > 1) continue;
        expect(openings.get(frame) ?? leaders.join()).toBe(leaders.join());
        openings.set(frame, leaders.join());
      }
    }
    expect(openings.size).toBeGreaterThan(30);
  });
});
