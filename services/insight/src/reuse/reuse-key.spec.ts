import { inventedSnapshot } from '@undertone/contracts/test-kit/invented-snapshot';
import { newId } from '@undertone/platform/ids/ids';
import { describe, expect, it } from 'vitest';
import { inventedFacts } from '../example-texts/invented-facts.js';
import { factsOf } from '../facts/facts.js';
import { comparableNumbers, type Ingredients, reuseKeyOf } from './reuse-key.js';

const snapshot = inventedSnapshot();
const ingredients: Ingredients = {
  userId: snapshot.user_id,
  type: 'wellness',
  tone: 'direct',
  facts: factsOf(snapshot),
  promptHash: '0'.repeat(64),
  model: { id: 'own', model: 'llama3.2:3b', parameters: { temperature: 0.4, seed: 1 } },
};
const keyOf = (change: Partial<Ingredients> = {}) => reuseKeyOf({ ...ingredients, ...change });
const withFeatures = (change: object) =>
  factsOf({ ...snapshot, audio_features: { ...snapshot.audio_features, ...change } });

describe('the key of an insight', () => {
  it('does not hold ids, dates, or digits that nobody sees', () => {
    const again = {
      ...snapshot,
      id: newId(),
      snapshot_date: '2026-11-21',
      created_at: '2026-11-21T08:00:00.000Z',
    };
    expect(keyOf({ facts: factsOf(again) })).toEqual(keyOf());
    expect(keyOf({ facts: withFeatures({ avg_valence: 0.62004 }) })).toEqual(keyOf());
  });

  it('does not depend on the order of parameters', () => {
    const model = { ...ingredients.model, parameters: { seed: 1, temperature: 0.4 } };
    expect(keyOf({ model })).toEqual(keyOf());
  });

  it.each([
    ['person', { userId: newId() }],
    ['type', { type: 'roast' }],
    ['tone', { tone: 'playful' as const }],
    ['prompt', { promptHash: '1'.repeat(64) }],
    ['model', { model: { ...ingredients.model, id: 'paid' } }],
    ['parameters', { model: { ...ingredients.model, parameters: { temperature: 0.5 } } }],
    ['model’s name', { model: { ...ingredients.model, model: 'llama3.3' } }],
    ['source', { facts: factsOf({ ...snapshot, source: 'simulator' as const }) }],
    ['weighting', { facts: factsOf({ ...snapshot, weighting: 'plays' as const }) }],
    ['classifier', { facts: factsOf({ ...snapshot, classifier_version: 'mood-v0' }) }],
    ['source of features', { facts: withFeatures({ source: 'simulator' }) }],
    ['range', { facts: factsOf({ ...snapshot, time_range: 'short_term' as const }) }],
    ['names', { facts: factsOf(snapshot, { artists: [{ rank: 1, name: 'somebody' }] }) }],
  ])('holds the %s, in its scope already', (_what, change) => {
    expect(keyOf(change).scope).not.toBe(keyOf().scope);
  });

  it('holds the numbers, which its scope does not', () => {
    const other = keyOf({ facts: withFeatures({ avg_valence: 0.7 }) });
    expect(other.scope).toBe(keyOf().scope);
    expect(other.key).not.toBe(keyOf().key);
  });
});

describe('the key of an insight of a week', () => {
  const told = inventedFacts(1);
  const [week, ...before] = told.weeks;
  if (!week) throw new Error('these facts are of no week');
  const ofWeek = (change: Partial<typeof week>) =>
    keyOf({ facts: { ...told, weeks: [{ ...week, ...change }, ...before] } });
  const ofSnapshot = (change: Partial<typeof told.snapshot>) =>
    keyOf({ facts: { ...told, snapshot: { ...told.snapshot, ...change } } });

  it('holds of its snapshot only where it came from', () => {
    const features = { ...told.snapshot.audio_features, source: 'reccobeats' as const };
    const changes = {
      time_range: 'long_term' as const,
      weighting: 'plays' as const,
      classifier_version: 'mood-v0',
      audio_features: features,
    };
    expect(ofSnapshot(changes)).toEqual(keyOf({ facts: told }));
    expect(ofSnapshot({ source: 'spotify' }).scope).not.toBe(keyOf({ facts: told }).scope);
  });

  it.each([
    ['classifier', { classifier_version: 'mood-v0' }],
    ['source of features', { audio_features: { ...week.audio_features, source: 'reccobeats' as const } }],
  ])('holds the week’s %s, in its scope already', (_what, change) => {
    expect(ofWeek(change).scope).not.toBe(keyOf({ facts: told }).scope);
  });
});

it('holds why there are no names', () => {
  const nameless = (line: string) => keyOf({ facts: factsOf(snapshot, { nameless: line }) }).scope;
  expect(nameless('none were imported')).not.toBe(keyOf().scope);
  expect(nameless('none were imported')).not.toBe(nameless('too many'));
});

it('takes numbers in the order of their metrics, not in that in which they are shown, and without the date', () => {
  const metrics = comparableNumbers(factsOf(snapshot)).map(([metric]) => metric);
  expect(metrics).toEqual(metrics.toSorted());
  expect(metrics).toContain('avg_valence');
  expect(metrics).not.toContain('snapshot_date');
});
