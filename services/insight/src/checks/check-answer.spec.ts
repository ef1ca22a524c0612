import { describe, expect, it } from 'vitest';
import { hostileAnswers } from '../../test/hostile/hostile-answers.js';
import { factsOf } from '../facts/facts.js';
import { snapshotOf } from '../facts/snapshots.arbitrary.js';
import type { InsightTypeDefinition } from '../types/insight-type.js';
import { productivity } from '../types/productivity/productivity.js';
import { weeklySummary } from '../types/weekly-summary/weekly-summary.js';
import { wellness } from '../types/wellness/wellness.js';
import { checkAnswer } from './check-answer.js';

const facts = factsOf(snapshotOf({ happy: 9, calm: 3, energetic: 11, sad: 6, unknown: 21 }));
const good = {
  title: 'Energetic In Front',
  body: 'Your music sounded energetic more often than anything else: 11 of 50 tracks (22%), at 118 BPM on average.',
  highlights: [{ metric: 'avg_energy', text: 'Energy averaged 0.52.' }],
  tips: ['Play one of them again.'],
};
const rest = 'The other parts of it were much like this one.';
const check = (answer: unknown, type: InsightTypeDefinition = wellness, given = facts) =>
  checkAnswer({ content: JSON.stringify(answer), refusal: null, finishReason: 'stop' }, type, given);
const faultsOf = (...asked: Parameters<typeof check>) => check(...asked).faults?.map(({ what }) => what);

describe('an answer', () => {
  it('that is true, plain and of the form asked for is kept as it is', () => {
    expect(check(good)).toEqual({ text: good });
  });

  it.each(
    Object.entries(hostileAnswers).flatMap(([what, bodies]) => bodies.map((body) => [what, body] as const)),
  )('%s: %s', (what, body) => expect(faultsOf({ ...good, body: `${body} ${rest}` })).toContain(what));

  it('is judged in all of its parts', () => {
    const lie = 'Energy averaged 0.91.';
    for (const change of [
      { title: lie },
      { body: `${good.body} ${lie}` },
      { highlights: [{ metric: 'avg_energy', text: lie }] },
      { tips: [lie] },
    ]) {
      expect(faultsOf({ ...good, ...change })).toEqual(["has numbers that are not the facts'"]);
    }
  });

  it.each([
    ['cites measures that the facts do not have', { highlights: [{ metric: 'avg_happiness', text: 'So.' }] }],
    ['does not fit the schema', { highlights: [] }],
    ['does not fit the schema', { body: 'Too short.' }],
    ['does not fit the schema', { body: 'Far too long. '.repeat(200) }],
    ['does not fit the schema', { tips: 'none' }],
  ])('%s: %j', (what, change) => expect(faultsOf({ ...good, ...change })).toEqual([what]));

  it('says what it cited, and which way it told of a change', () => {
    const invented = [{ metric: 'avg_happiness', text: 'So.' }];
    expect(check({ ...good, highlights: invented }).faults).toEqual([
      { what: 'cites measures that the facts do not have', said: ['avg_happiness'] },
    ]);
    const wrong = 'The happy share fell from 6% to 18%. There was no calm music at all.';
    expect(faultsOf({ ...good, body: `${good.body} ${wrong}` })).toEqual(
      expect.arrayContaining(['tells of a change the wrong way', 'says that a mood is absent which is not']),
    );
  });

  it.each([
    ['was not JSON', { content: '{"title": "cut', refusal: null, finishReason: 'stop' }],
    ['was cut off', { content: JSON.stringify(good), refusal: null, finishReason: 'length' }],
    ['was a refusal', { content: '', refusal: 'No.', finishReason: 'stop' }],
  ])('%s', (what, answer) =>
    expect(checkAnswer(answer, wellness, facts).faults).toEqual([{ what, said: [] }]),
  );

  it('of a type is judged by its own rules too', () => {
    const promise = {
      ...good,
      body: `${good.body} This music will help you focus and boost your productivity.`,
    };
    expect(faultsOf(promise, productivity)).toContain('promises an effect');
    const earlier = [
      snapshotOf(
        { happy: 9, calm: 3, energetic: 11, sad: 6, unknown: 21 },
        { features: { avg_energy: 0.6183 } },
      ),
    ];
    const highlights = [{ metric: 'change.avg_energy', text: 'Energy went up by 0.10.' }];
    expect(faultsOf({ ...good, highlights }, weeklySummary, factsOf(facts.snapshot, { earlier }))).toEqual([
      'claims more than the numbers bear out',
      'says the wrong way that a measure went',
    ]);
  });
});
