import { inventedSnapshot } from '@undertone/contracts/test-kit/invented-snapshot';
import { newId } from '@undertone/platform/ids/ids';
import { describe, expect, it } from 'vitest';
import { factsOf } from '../facts/facts.js';
import { type Ingredients, reuseKeyOf } from './reuse-key.js';

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
