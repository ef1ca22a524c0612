import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ConfiguredModel } from '../model-settings/configured-models.js';
import { bodyOf, chatCompletion } from './chat-completions.js';
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
    expect(body.messages.map(({ role }) => role)).toEqual(['system', 'user']);
    expect(body.messages[0]?.content).toMatch(/^be brief\n\n.*"title":{"type":"string"}/s);
    const [, question] = asked.messages;
    const alone = bodyOf(model({ json_schema: false }), { ...asked, messages: [question] });
    expect(alone.messages.map(({ role }) => role)).toEqual(['system', 'user']);
  });
});

describe('what a server answers', () => {
  const answer = (body: unknown) => {
    const client = new OpenAI({ apiKey: 'k', fetch: async () => Response.json(body) });
    const caller = { jobId: 'j', userId: 'u', lane: 'bulk' } as const;
    const signal = new AbortController().signal;
    return chatCompletion(client, model({}), { ...asked, caller, isRepair: false, signal });
  };

  it('is read as llama.cpp writes it: no refusal, no request id, fields of its own', async () => {
    // What llama-server 0.7.0 (Debian) said, shortened.
    const timings = { cache_n: 0, prompt_n: 89, prompt_ms: 7.97 };
    const usage = { completion_tokens: 40, prompt_tokens: 89, total_tokens: 129 };
    const message = { role: 'assistant', content: '{}' };
    const choices = [{ finish_reason: 'length', index: 0, message }];
    expect(await answer({ choices, created: 1_795_577_660, model: 'toy', usage, timings })).toEqual({
      content: '{}',
      refusal: null,
      finishReason: 'length',
      model: 'toy',
      usage: { promptTokens: 89, completionTokens: 40 },
      requestId: null,
    });
  });

  it('may leave out all but a choice, and nothing is made up in its place', async () => {
    for (const rest of [{}, { usage: null, model: null }, { usage: { prompt_tokens: -1 }, model: '' }]) {
      expect(await answer({ choices: [{ message: { content: [{ type: 'text' }] } }], ...rest })).toEqual({
        content: '',
        refusal: null,
        finishReason: null,
        model: 'name',
        usage: { promptTokens: null, completionTokens: null },
        requestId: null,
      });
    }
  });

  it.each([
    ['an error with status 200, as routers give', { error: { code: 429, message: 'Too Many Requests' } }],
    ['no choice', { choices: [], usage: { prompt_tokens: 3 } }],
    ['choices of null', { choices: null }],
    ['null', null],
    ['a page of words', '<html>Welcome</html>'],
  ])('is no answer of a model when it is %s', async (_what, body) => {
    await expect(answer(body)).rejects.toMatchObject({ code: 'LLM_UNAVAILABLE', name: 'TransientJobError' });
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
