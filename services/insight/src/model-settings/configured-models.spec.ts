import { loadSettings } from '@undertone/platform/settings/load-settings';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { configuredModels } from './configured-models.js';
import { modelSettings, requireModel } from './model-settings.js';

const settings = z.object(modelSettings).superRefine(requireModel);
const read = (environment: Record<string, string>) =>
  configuredModels(loadSettings('insight', settings, environment), environment);

const paid = {
  id: 'paid',
  provider: 'openai',
  model: 'gpt-5-mini',
  api_key_env: 'OPENAI_API_KEY',
  price: { input_usd_per_million: 0.25, output_usd_per_million: 2, as_of: '2026-11-01' },
};
const own = { id: 'own', provider: 'ollama', model: 'llama3.2:3b', price: null };
const several = (models: unknown, more: Record<string, string> = {}) => ({
  INSIGHT_ENGINE: 'openai',
  OPENAI_API_KEY: 'k',
  LLM_MODELS: JSON.stringify(models),
  ...more,
});

describe('the settings of language models', () => {
  it('name none by default', () => {
    expect(read({})).toEqual({ all: [], order: [], templateLast: true });
  });

  it('name one as before', () => {
    const { order, templateLast } = read({
      INSIGHT_ENGINE: 'openai',
      OPENAI_API_KEY: 'k',
      LLM_MODEL: 'gpt-5-mini',
    });
    expect(order).toMatchObject([{ id: 'gpt-5-mini', provider: 'openai', apiKey: 'k', price: null }]);
    expect(templateLast).toBe(false);
  });

  it('name several, of which the first alone is asked unless an order is stated', () => {
    const { all, order, templateLast } = read(several([own, paid]));
    expect(all).toMatchObject([
      { id: 'own', base_url: 'http://127.0.0.1:11434/v1', apiKey: 'none', timeout_seconds: 60 },
      { id: 'paid', base_url: 'https://api.openai.com/v1', apiKey: 'k' },
    ]);
    expect(order.map(({ id }) => id)).toEqual(['own']);
    expect(templateLast).toBe(false);
  });

  it('state an order, which ends in the templates only where it says so', () => {
    const stated = (list: string) => read(several([own, paid], { LLM_FALLBACK: list }));
    expect(stated('paid, own').order.map(({ id }) => id)).toEqual(['paid', 'own']);
    expect(stated('paid,own').templateLast).toBe(false);
    expect(stated('paid,template').templateLast).toBe(true);
  });

  it.each([
    ['LLM_MODELS', several([own]).LLM_MODELS.slice(1)],
    ['LLM_MODELS.0.price', JSON.stringify([{ ...own, price: undefined }])],
    ['LLM_MODELS.0.id', JSON.stringify([{ ...own, id: 'template' }])],
    ['LLM_MODELS.1.id', JSON.stringify([own, own])],
    ['LLM_MODELS.0.base_url', JSON.stringify([{ ...own, provider: 'compatible' }])],
    ['LLM_MODELS.0.api_key_env', JSON.stringify([{ ...own, api_key_env: 'DATABASE_URL' }])],
    ['LLM_MODELS.0: Unrecognized key: "api_key"', JSON.stringify([{ ...own, api_key: 'secret' }])],
  ])('are refused naming %s', (field, models) => {
    expect(() => read({ INSIGHT_ENGINE: 'openai', LLM_MODELS: models })).toThrow(field);
  });

  it.each([
    ['LLM_FALLBACK: there is no model other', { LLM_FALLBACK: 'own,other' }],
    ['LLM_FALLBACK: template never fails', { LLM_FALLBACK: 'template,own' }],
    ['LLM_FALLBACK: names no model', { LLM_FALLBACK: 'template' }],
    ['OPENAI_API_KEY: not set', { OPENAI_API_KEY: '' }],
  ])('are refused: %s', (message, change) => {
    expect(() => read(several([own, paid], change))).toThrow(message);
  });
});
