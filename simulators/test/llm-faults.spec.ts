import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { LlmFaultInput } from '../src/llm/llm-faults.js';
import { type LlmSimulator, startLlmSimulator } from '../src/llm/server.js';
import { chat, completion, contentOf, insightRequest, numbersIn, SNAPSHOT_NUMBERS } from './llm-client.js';

let simulator: LlmSimulator;
beforeAll(async () => {
  simulator = await startLlmSimulator();
});
afterAll(() => simulator.close());
afterEach(() => {
  simulator.clearFaults();
  simulator.calls.reset();
});

const insight = z.strictObject({ title: z.string(), body: z.string(), valence: z.number() });
const REQUEST = insightRequest(z.toJSONSchema(insight));
const once = (fault: LlmFaultInput) =>
  simulator.addFault({ route: '/v1/chat/completions', ...fault, times: 1 });
const ask = async () => completion.parse(await (await chat(simulator.url, REQUEST)).json()).choices[0];

describe('failed calls', () => {
  it.each([
    [{ kind: '401' }, 401, 'invalid_api_key', null],
    [{ kind: '429', retryAfter: 20 }, 429, 'rate_limit_exceeded', '20'],
    [{ kind: 'quota' }, 429, 'insufficient_quota', null],
    [{ kind: '5xx', status: 500 }, 500, null, null],
  ] as const)('%j', async (fault, status, code, retryAfter) => {
    once(fault);
    const response = await chat(simulator.url, REQUEST);
    expect([response.status, response.headers.get('retry-after')]).toEqual([status, retryAfter]);
    expect(await response.json()).toMatchObject({ error: { code } });
    expect((await chat(simulator.url, REQUEST)).status).toBe(200);
  });

  it('hang and reset give no answer, slow gives a late one', async () => {
    once({ kind: 'reset' });
    await expect(chat(simulator.url, REQUEST)).rejects.toThrow('fetch failed');
    once({ kind: 'slow', ms: 100 });
    const started = performance.now();
    expect((await chat(simulator.url, REQUEST)).status).toBe(200);
    expect(performance.now() - started).toBeGreaterThanOrEqual(95);
    // Held back until the faults are cleared: it answers long before its hour.
    once({ kind: 'slow', ms: 3_600_000 });
    const held = chat(simulator.url, REQUEST);
    const calls = () => simulator.calls.summary().routes['POST /v1/chat/completions'];
    await vi.waitFor(() => expect(calls()?.faults.slow).toBe(2), 10_000);
    simulator.clearFaults();
    expect((await held).status).toBe(200);
    const other = await startLlmSimulator();
    other.addFault({ kind: 'hang' });
    const outcome = expect(chat(other.url, REQUEST)).rejects.toThrow('fetch failed');
    await expect.poll(() => other.calls.summary().total).toBe(1);
    await other.close();
    await outcome;
  });
});

describe('spoiled answers', () => {
  it('malformed: cut JSON that claims to be whole', async () => {
    once({ kind: 'malformed' });
    const { message, finish_reason } = await ask();
    expect(() => JSON.parse(message.content ?? '')).toThrow(SyntaxError);
    expect(finish_reason).toBe('stop');
  });

  it('length: cut content that says so', async () => {
    once({ kind: 'length' });
    const { message, finish_reason } = await ask();
    expect(() => JSON.parse(message.content ?? '')).toThrow(SyntaxError);
    expect(finish_reason).toBe('length');
  });

  it('wrong-schema: JSON of another shape', async () => {
    once({ kind: 'wrong-schema' });
    const { message } = await ask();
    expect(insight.safeParse(JSON.parse(message.content ?? '')).success).toBe(false);
  });

  it('lies: the right shape, no number of the data', async () => {
    once({ kind: 'lies' });
    const lie = insight.parse(JSON.parse(await contentOf(simulator.url, REQUEST)));
    const numbers = numbersIn(JSON.stringify(lie));
    expect(numbers.length).toBeGreaterThan(1);
    for (const number of numbers) expect(SNAPSHOT_NUMBERS).not.toContain(number);
  });

  it('diagnosis: the right shape with a claim about the reader', async () => {
    once({ kind: 'diagnosis' });
    const { body } = insight.parse(JSON.parse(await contentOf(simulator.url, REQUEST)));
    expect(body).toMatch(/you are depressed/i);
    expect(insight.parse(JSON.parse(await contentOf(simulator.url, REQUEST))).body).not.toMatch(/depressed/i);
  });

  it('refusal: no content', async () => {
    once({ kind: 'refusal' });
    expect((await ask()).message).toMatchObject({ content: null, refusal: expect.any(String) });
  });

  it('says: exactly what it was told to', async () => {
    once({ kind: 'says', content: '{"title": "<img src=x>"}' });
    expect((await ask()).message.content).toBe('{"title": "<img src=x>"}');
  });

  it.each([false, true])(
    'stop-mid-stream: the connection breaks in the answer (stream: %s)',
    async (stream) => {
      once({ kind: 'stop-mid-stream' });
      const response = await chat(simulator.url, { ...REQUEST, stream });
      expect(response.status).toBe(200);
      const reader = response.body?.getReader();
      let received = '';
      const readAll = async () => {
        for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
          received += Buffer.from(part.value).toString('utf8');
        }
      };
      await expect(readAll()).rejects.toThrow('terminated');
      expect(received.length).toBeGreaterThan(20);
      expect(received).not.toContain('[DONE]');
    },
  );
});

it('counts calls by route, user and fault', async () => {
  once({ kind: 'lies' });
  await chat(simulator.url, { ...REQUEST, user: 'ada' });
  await chat(simulator.url, REQUEST);
  await expect
    .poll(() => simulator.calls.summary().routes['POST /v1/chat/completions'])
    .toEqual({ calls: 2, users: { ada: 1 }, statuses: { '200': 2 }, faults: { lies: 1 } });
});
