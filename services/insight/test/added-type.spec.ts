import { newId } from '@undertone/platform/ids/ids';
import { type LlmSimulator, startLlmSimulator } from '@undertone/simulators/llm/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inventedFacts } from '../src/example-texts/invented-facts.js';
import { contentOf } from '../src/insight-text/insight-content.js';
import { LanguageModels } from '../src/language-models/language-models.js';
import type { ConfiguredModels } from '../src/model-settings/configured-models.js';
import { modelDefinition } from '../src/model-settings/model-definition.js';
import { openAiWriter } from '../src/writers/openai-writer.js';
import { templateWriter } from '../src/writers/template-writer.js';
import { haiku } from './haiku/haiku.js';
import { haikuV1 } from './haiku/haiku-v1.js';

const { signal } = new AbortController();
const request = {
  seed: 'a',
  type: haiku,
  tone: 'playful',
  facts: inventedFacts(1),
  prompt: haikuV1.content,
  caller: { jobId: newId(), userId: newId(), lane: 'interactive' },
  signal,
} as const;

// Budgets are a matter of the service's own database.
const unlimited = async () => async () => {};

function modelAt(base_url: string): ConfiguredModels {
  const entry = {
    id: 'undertone-sim-1',
    provider: 'compatible',
    model: 'undertone-sim-1',
    base_url,
    price: null,
  };
  const order = [{ ...modelDefinition.parse(entry), apiKey: 'key' }];
  return { all: order, order, templateLast: false };
}

describe('a type of insight that somebody adds is one folder', () => {
  let simulator: LlmSimulator;
  beforeAll(async () => {
    simulator = await startLlmSimulator();
  });
  afterAll(() => simulator.close());
  const write = () =>
    openAiWriter(new LanguageModels(modelAt(`${simulator.url}/v1`), unlimited)).write(request);

  it('that templates write from', async () => {
    const { text, model } = await templateWriter.write(request);
    expect(model).toBe('template');
    expect(contentOf(text, haiku)).toMatch(/^A haiku\n\nSongs lean on the night\n/);
  });

  it('that a language model is asked for, in its own words and form', async () => {
    const { text, model } = await write();
    expect(model).toBe('undertone-sim-1');
    expect(haiku.schema.parse(text)).toEqual(text);
    expect(text.tips).toEqual([]);
  });

  it.each([
    ['shouts', { title: 'A', body: 'Songs lean on the NIGHT!' }],
    ['does not fit the schema', { title: 'A', body: 'Songs. '.repeat(60) }],
    ["has numbers that are not the facts'", { title: 'A', body: 'Songs at 999 BPM' }],
  ])('whose answers are checked by its own rules and by those of all: %s', async (what, said) => {
    const highlights = [{ metric: 'coverage', text: 'Some.' }];
    simulator.addFault({ kind: 'says', content: JSON.stringify({ ...said, highlights }) });
    await expect(write()).rejects.toMatchObject({
      code: 'LLM_ANSWER_REJECTED',
      message: expect.stringContaining(what),
    });
    simulator.clearFaults();
  });
});
