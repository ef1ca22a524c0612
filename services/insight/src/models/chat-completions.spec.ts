import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { bodyOf } from './chat-completions.js';
import type { ConfiguredModel } from './configured-models.js';
import { costOf } from './cost.js';

const model = (change: Partial<ConfiguredModel>): ConfiguredModel => ({
  id: 'm',
  provider: 'compatible',
  model: 'name',
  base_url: 'http://127.0.0.1/v1',
  price: null,
  context_tokens: null,
  json_schema: true,
  timeout_seconds: 1,
  requests_per_minute: null,
  parameters: { temperature: 0.4, seed: 7 },
  apiKey: 'k',
  ...change,
});
const asked = {
  model: null,
  messages: [
    { role: 'system', content: 'be brief' },
    { role: 'user', content: 'write' },
  ] as const,
  schema: { name: 'insight', shape: z.object({ title: z.string() }) },
  parameters: { max_tokens: 50, temperature: 0.9 },
};

describe('what a server is sent', () => {
  it('names the answer’s length as that kind of server knows it', () => {
    expect(bodyOf(model({ provider: 'openai' }), asked)).toMatchObject({ max_completion_tokens: 50 });
    expect(bodyOf(model({ provider: 'ollama' }), asked)).toMatchObject({ max_tokens: 50 });
  });

  it('takes what the prompt decides before what the model’s entry says', () => {
    expect(bodyOf(model({}), asked)).toMatchObject({ temperature: 0.9, seed: 7 });
  });

  it('has the schema in words where the server takes none', () => {
    const body = bodyOf(model({ json_schema: false }), asked);
    expect(body.response_format).toEqual({ type: 'json_object' });
    expect(body.messages.map(({ role }) => role)).toEqual(['system', 'system', 'user']);
    expect(body.messages[1]?.content).toContain('"title":{"type":"string"}');
  });
});

describe('the cost of a call', () => {
  const price = { input_usd_per_million: 0.25, output_usd_per_million: 2, as_of: '2026-11-01' };
  it('is what both kinds of token cost', () => {
    expect(costOf(price, { promptTokens: 1_000, completionTokens: 500 })).toBeCloseTo(0.00125, 12);
  });

  it('is not known without a price or without tokens', () => {
    expect(costOf(null, { promptTokens: 1, completionTokens: 1 })).toBeNull();
    expect(costOf(price, { promptTokens: null, completionTokens: 1 })).toBeNull();
  });
});
