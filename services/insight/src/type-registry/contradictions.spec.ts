import { type InsightType, insightType, type ToneMode, toneMode } from '@undertone/contracts/insight/insight';
import { featureNames } from '@undertone/contracts/listening/snapshot';
import { sizeOf } from '@undertone/platform/test-kit/soak';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Facts, factsOf } from '../facts/facts.js';
import { snapshotOf, snapshots, weeks } from '../facts/snapshots.arbitrary.js';
import { contradictions, type Said } from '../statements/contradictions.js';
import { isTrueOf } from '../statements/is-true.js';
import { inWords, type Statement } from '../statements/statement.js';
import { statementsIn } from '../statements/statements-in.js';
import { insightTypes } from './insight-types.js';

const size = sizeOf('CONTRADICTIONS_SNAPSHOTS', { usual: 40, soak: 1_000 });
const seeds = fc.uuid();
const noMeans = Object.fromEntries(
  featureNames.flatMap((name) => [
    [`avg_${name}`, null],
    [`std_${name}`, null],
  ]),
);

/** All that a text claims: what its wordings declare, and what a reader finds in it. */
function saidIn(facts: Facts, type: InsightType, tone: ToneMode, seed: string): Said[] {
  const declared: Statement[] = [];
  const text = insightTypes[type].write(facts, tone, seed, (statements) => declared.push(...statements));
  const where = `${type}, ${tone}`;
  return [
    ...declared.map((statement) => ({ statement, where: `${where}: declared` })),
    ...statementsIn(text).map((one) => ({ ...one, where: `${where}: "${one.where}"` })),
  ];
}

/** What is claimed of the same facts in every tone of the types. */
const saidOf = (facts: Facts, types: readonly InsightType[], seed: string): Said[] =>
  types.flatMap((type) => toneMode.options.flatMap((tone) => saidIn(facts, type, tone, seed)));

const inLines = (pairs: readonly (readonly [Said, Said])[]) =>
  pairs.map((pair) => pair.map(({ statement, where }) => `${where} = ${inWords(statement)}`).join(' | '));

it(`no text of ${size} snapshots contradicts itself, or another of the same snapshot in any type and tone`, () => {
  const earlier = fc.array(snapshots, { maxLength: 4 });
  fc.assert(
    fc.property(
      snapshots,
      earlier,
      fc.boolean(),
      weeks,
      seeds,
      (snapshot, others, isSteady, played, seed) => {
        const before = isSteady ? [snapshot] : others;
        const ofSnapshot = saidOf(factsOf(snapshot, { earlier: before }), insightType.options, seed);
        expect(inLines(contradictions(ofSnapshot))).toEqual([]);
        const week = factsOf(snapshot, { weeks: played });
        const ofWeek = saidOf(week, ['weekly_summary'], seed);
        expect(inLines(contradictions(ofWeek))).toEqual([]);
      },
    ),
    { numRuns: size },
  );
}, 600_000);

it('all that is claimed, declared or read, is true of the facts', () => {
  fc.assert(
    fc.property(snapshots, weeks, seeds, (snapshot, played, seed) => {
      for (const [facts, types] of [
        [factsOf(snapshot), insightType.options],
        [factsOf(snapshot, { weeks: played }), ['weekly_summary']],
      ] as const) {
        const untrue = saidOf(facts, types, seed).filter(({ statement }) => !isTrueOf(facts, statement));
        expect(untrue.map(({ statement, where }) => `${where} = ${inWords(statement)}`)).toEqual([]);
      }
    }),
    { numRuns: Math.max(20, Math.round(size / 4)) },
  );
}, 600_000);

it.each([1, 200])('of a single track, played %i times, nothing is said as of many', (plays) => {
  const one = snapshotOf({ happy: 1 });
  const { happy } = one.mood_patterns;
  const played = factsOf({
    ...one,
    weighting: 'plays',
    total_plays_analyzed: plays,
    mood_patterns: {
      ...Object.fromEntries(
        Object.entries(one.mood_patterns).map(([mood, share]) => [mood, { ...share, play_count: 0 }]),
      ),
      happy: { ...happy, play_count: plays },
    } as typeof one.mood_patterns,
    audio_features: { ...one.audio_features, ...noMeans },
  });
  for (const type of insightType.options)
    for (const tone of toneMode.options)
      for (const seed of ['a', 'b', 'c', 'd']) {
        const { title, body, highlights } = insightTypes[type].write(played, tone, seed);
        const told = [title, body, ...highlights.map(({ text }) => text)].join(' ');
        expect(told).toMatch(/(?:rests on|evidence is|is) a single track/);
        expect(told).not.toMatch(
          /came back to|handful|found a favourite|anything else|other mood|known moods|So few tracks|Few tracks|so many|In all, that/i,
        );
        if (plays === 1) expect(told).not.toMatch(/\ball plays|100%/);
      }
});

it('voices are not said to sing where they speak', () => {
  for (const [features, words] of [
    [{ avg_instrumentalness: 0, avg_speechiness: 0.95 }, /is sung|singing/],
    [{ avg_instrumentalness: 0.55, avg_speechiness: 0.01 }, /all song/],
  ] as const) {
    const facts = factsOf(snapshotOf({ happy: 30, sad: 9 }, { features }));
    for (const seed of ['a', 'b', 'c', 'd', 'e', 'f']) {
      const all = saidOf(facts, insightType.options, seed);
      expect(all.filter(({ statement }) => !isTrueOf(facts, statement))).toEqual([]);
      for (const type of insightType.options)
        for (const tone of toneMode.options)
          expect(insightTypes[type].write(facts, tone, seed).body).not.toMatch(words);
    }
  }
});

it('where no change is told, nothing is said to be compared', () => {
  const [now, before] = [snapshotOf({ happy: 10, unknown: 40 }), snapshotOf({ happy: 30, sad: 20 })];
  for (const tone of toneMode.options) {
    const { body } = insightTypes.weekly_summary.write(factsOf(now, { earlier: [before] }), tone, 'a');
    expect(body).toContain('What came before: one snapshot');
    expect(body).not.toMatch(/compar(?:ed|ison)|overlap/i);
  }
});

it('a wording that is put where it is not true is found by what it declares, and by what is read', () => {
  const quiet = factsOf(snapshotOf({ energetic: 9, calm: 41 }, { features: { avg_loudness: -18 } }));
  const declared: Said = {
    statement: { measure: 'level', subject: 'loudness', direction: 'high' },
    where: 'No brakes',
  };
  const said = [...saidOf(quiet, insightType.options, 'a'), declared];
  expect(contradictions(said).length).toBeGreaterThan(0);
  expect(contradictions(saidOf(quiet, insightType.options, 'a'))).toEqual([]);
});
