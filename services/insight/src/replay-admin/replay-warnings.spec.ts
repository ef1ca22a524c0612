import { describe, expect, it } from 'vitest';
import type { ConfiguredModel, ConfiguredModels } from '../model-settings/configured-models.js';
import { replayWarnings } from './replay-warnings.js';

const model = (id: string, price: ConfiguredModel['price'] = null): ConfiguredModel => ({
  id,
  provider: 'compatible',
  model: id,
  base_url: 'http://127.0.0.1/v1',
  price,
  context_tokens: null,
  json_schema: true,
  timeout_seconds: 1,
  requests_per_minute: null,
  parameters: {},
  apiKey: 'k',
});
const priced = model('priced', { input_usd_per_million: 1, output_usd_per_million: 1, as_of: '2026-11-01' });
const free = model('free');
const models = (order: ConfiguredModel[], templateLast = false): ConfiguredModels => ({
  all: [priced, free],
  order,
  templateLast,
});
const version: Parameters<typeof replayWarnings>[1] = {
  model: null,
  messages: [{ role: 'user', content: 'x'.repeat(300) }],
  parameters: {},
};
const insight_type = 'wellness';

describe('what an operator is warned of', () => {
  it('is nothing where a model with a price writes a new version', () => {
    const here = { inUse: false, models: models([priced]) };
    expect(replayWarnings({ insight_type, budget: { usd: 1 } }, version, here)).toEqual([]);
  });

  it('is that templates write the same texts again', () => {
    const here = { inUse: false, models: { all: [], order: [], templateLast: true } };
    expect(replayWarnings({ insight_type, budget: {} }, version, here)).toEqual([
      expect.stringContaining('templates use no prompt'),
    ]);
  });

  it('is a budget of money that nothing is counted in', () => {
    const here = { inUse: false, models: models([priced]) };
    expect(replayWarnings({ insight_type, budget: { usd: 1 } }, { ...version, model: 'free' }, here)).toEqual(
      [expect.stringContaining('the price of free is not known')],
    );
    expect(
      replayWarnings({ insight_type, budget: { calls: 9 } }, { ...version, model: 'free' }, here),
    ).toEqual([]);
  });

  it('is a budget that has no room for one insight', () => {
    const here = { inUse: false, models: models([priced, free]) };
    const order = (budget: object) => ({ insight_type, budget }) as const;
    expect(replayWarnings(order({ calls: 3, tokens: 6_399 }), version, here)).toEqual([
      'the budget of 3 calls has no room: with repairs and every model in order one insight may take 4',
      'the budget of 6399 tokens has no room: with repairs and every model in order one insight may take 6400',
    ]);
    expect(replayWarnings(order({ calls: 4, tokens: 6_400 }), version, here)).toEqual([]);
  });

  it('is a model that may stand in and has no price, and a roast that names nobody', () => {
    const here = { inUse: false, models: models([priced, free]) };
    expect(replayWarnings({ insight_type: 'roast', budget: { usd: 1 } }, version, here)).toEqual([
      expect.stringContaining('the price of free is not known'),
      expect.stringContaining('names no artist'),
    ]);
  });

  it('is a model that is not here, a version in use, and templates that may stand in', () => {
    const here = { inUse: true, models: models([priced], true) };
    expect(replayWarnings({ insight_type, budget: {} }, { ...version, model: 'gone' }, here)).toEqual([
      expect.stringContaining('every job would fail'),
      expect.stringContaining('in use already'),
      expect.stringContaining('LLM_FALLBACK ends in template'),
    ]);
  });
});
