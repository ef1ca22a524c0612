import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormatsModule from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type LlmSimulator, startLlmSimulator } from '../src/llm/server.js';
import { chat, completion, contentOf, insightRequest, numbersIn, SNAPSHOT_NUMBERS } from './llm-client.js';

let simulator: LlmSimulator;
beforeAll(async () => {
  simulator = await startLlmSimulator({ now: new Date('2026-11-20T15:00:00Z') });
});
afterAll(() => simulator.close());

const insight = z.strictObject({
  title: z.string().min(1).max(60),
  body: z.string().min(250).max(600),
  highlights: z
    .array(
      z.strictObject({
        metric: z.enum(['avg_valence', 'std_energy', 'avg_tempo']),
        value: z.number(),
        text: z.string(),
      }),
    )
    .min(2)
    .max(4),
  tips: z.array(z.string()).max(3).nullable(),
  confidence: z.number().min(0).max(1),
});
const INSIGHT_SCHEMA = z.toJSONSchema(insight);

const SCHEMAS: Readonly<Record<string, object>> = {
  insight: INSIGHT_SCHEMA,
  bounds: {
    type: 'object',
    required: ['a', 'b', 'c', 'd', 'e', 'f'],
    properties: {
      a: { type: 'integer', minimum: 5, maximum: 9 },
      b: { type: 'number', exclusiveMinimum: 1000, exclusiveMaximum: 1001 },
      c: { type: 'string', minLength: 2, maxLength: 5 },
      d: { type: 'array', items: { type: 'boolean' }, minItems: 7 },
      e: { type: ['null', 'string'], format: 'date-time' },
      f: { type: 'integer', multipleOf: 7, minimum: 50 },
    },
  },
  references: {
    type: 'object',
    required: ['parts', 'kind', 'id'],
    properties: {
      parts: { type: 'array', minItems: 1, items: { $ref: '#/$defs/part' } },
      kind: { const: 'insight' },
      id: { type: 'string', format: 'uuid' },
    },
    $defs: {
      part: {
        allOf: [
          { type: 'object', required: ['text'], properties: { text: { type: 'string', maxLength: 30 } } },
          {
            type: 'object',
            required: ['mood'],
            properties: { mood: { oneOf: [{ type: 'null' }, { enum: ['happy', 'sad'] }] } },
          },
        ],
      },
    },
  },
};

describe('a completion', () => {
  it('has id, usage, model, request id and the simulator header', async () => {
    const response = await chat(simulator.url, insightRequest());
    expect(response.headers.get('x-undertone-simulator')).toBe('llm');
    expect(response.headers.get('x-request-id')).toMatch(/^req_[0-9a-f]{32}$/);
    const { usage, created, choices } = completion.parse(await response.json());
    expect(created).toBe(Date.parse('2026-11-20T15:00:00Z') / 1000);
    expect(usage.prompt_tokens).toBeGreaterThan(30);
    expect(usage.total_tokens).toBe(usage.prompt_tokens + usage.completion_tokens);
    expect(choices[0].finish_reason).toBe('stop');
  });

  it('is the same for the same request, whatever the temperature, in every process', async () => {
    const other = await startLlmSimulator();
    const first = await contentOf(simulator.url, insightRequest(INSIGHT_SCHEMA, { temperature: 0 }));
    expect(await contentOf(other.url, insightRequest(INSIGHT_SCHEMA, { temperature: 1, seed: 4 }))).toBe(
      first,
    );
    await other.close();
    const warmer = insightRequest(INSIGHT_SCHEMA);
    warmer.messages.push({ role: 'user', content: 'Warmer, please.' });
    expect(await contentOf(simulator.url, warmer)).not.toBe(first);
  });

  it('says only numbers of the data, those of a highlight about the metric it names', async () => {
    const answer = insight.parse(JSON.parse(await contentOf(simulator.url, insightRequest(INSIGHT_SCHEMA))));
    const values = { avg_valence: 0.4213, std_energy: 0.11, avg_tempo: 118.2 };
    expect(numbersIn(answer.body).length).toBeGreaterThan(0);
    for (const number of numbersIn(JSON.stringify(answer))) expect(SNAPSHOT_NUMBERS).toContain(number);
    for (const { metric, value, text } of answer.highlights) {
      expect(value).toBe(values[metric]);
      expect(numbersIn(text)).toEqual([value]);
    }
    expect(new Set(answer.highlights.map(({ metric }) => metric)).size).toBe(answer.highlights.length);
  });

  it.each(Object.keys(SCHEMAS))('conforms to the schema "%s"', async (name) => {
    const schema = SCHEMAS[name] ?? {};
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    addFormatsModule.default(ajv);
    const validate = ajv.compile(schema);
    validate(JSON.parse(await contentOf(simulator.url, insightRequest(schema))));
    expect(validate.errors ?? []).toEqual([]);
  });

  it('answers in JSON without a schema, and reads numbers from prose', async () => {
    const request = insightRequest(undefined, { response_format: { type: 'json_object' } });
    expect(JSON.parse(await contentOf(simulator.url, request))).toHaveProperty('body');
    const prose = {
      ...request,
      response_format: undefined,
      messages: [{ role: 'user', content: 'valence: 0.42, tempo = 98' }],
    };
    const numbers = numbersIn(await contentOf(simulator.url, prose));
    expect(new Set(numbers)).toEqual(new Set([0.42, 98]));
  });

  it('stops at max_tokens with the reason length', async () => {
    const response = await chat(simulator.url, insightRequest(INSIGHT_SCHEMA, { max_completion_tokens: 10 }));
    const { choices, usage } = completion.parse(await response.json());
    expect(choices[0].finish_reason).toBe('length');
    expect(usage.completion_tokens).toBe(10);
  });

  it('wants a key, a model it has and messages', async () => {
    const error = z.object({
      error: z.object({ code: z.string().nullable(), type: z.string(), message: z.string() }),
    });
    const refused = async (response: Response) => [
      response.status,
      error.parse(await response.json()).error.code,
    ];
    expect(await refused(await chat(simulator.url, insightRequest(), ''))).toEqual([401, 'invalid_api_key']);
    expect(await refused(await chat(simulator.url, { ...insightRequest(), model: 'x' }))).toEqual([
      404,
      'model_not_found',
    ]);
    expect(await refused(await chat(simulator.url, { ...insightRequest(), messages: [] }))).toEqual([
      400,
      null,
    ]);
    const models = await fetch(`${simulator.url}/v1/models`, { headers: { authorization: 'Bearer k' } });
    expect(await models.json()).toMatchObject({ object: 'list', data: [{ id: 'undertone-sim-1' }] });
  });
});

describe('streaming', () => {
  const chunk = z.looseObject({
    choices: z.array(
      z.object({
        delta: z.looseObject({ content: z.string().optional() }),
        finish_reason: z.string().nullable(),
      }),
    ),
    usage: z.object({ total_tokens: z.number() }).nullish(),
  });
  const eventsOf = async (body: object) => {
    const response = await chat(simulator.url, { ...body, stream: true });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const lines = (await response.text()).split('\n\n').filter((line) => line !== '');
    expect(lines.at(-1)).toBe('data: [DONE]');
    return lines.slice(0, -1).map((line) => chunk.parse(JSON.parse(line.replace('data: ', ''))));
  };

  it('carries the same words as the whole answer, and the usage last when asked', async () => {
    const request = insightRequest(INSIGHT_SCHEMA);
    const events = await eventsOf({ ...request, stream_options: { include_usage: true } });
    const text = events.flatMap(({ choices }) => choices.map(({ delta }) => delta.content ?? '')).join('');
    expect(text).toBe(await contentOf(simulator.url, request));
    expect(events.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: expect.any(Number) } });
    expect(events.at(-2)?.choices[0]?.finish_reason).toBe('stop');
  });

  it('has no usage unless asked', async () => {
    for (const event of await eventsOf(insightRequest())) expect(event).not.toHaveProperty('usage');
  });
});
