import { z } from 'zod';

export const completion = z.object({
  id: z.string(),
  object: z.literal('chat.completion'),
  created: z.number(),
  model: z.string(),
  choices: z.tuple([
    z.object({
      index: z.literal(0),
      message: z.object({
        role: z.literal('assistant'),
        content: z.string().nullable(),
        refusal: z.string().nullable(),
      }),
      finish_reason: z.enum(['stop', 'length']),
    }),
  ]),
  usage: z.object({ prompt_tokens: z.number(), completion_tokens: z.number(), total_tokens: z.number() }),
});

/** A snapshot as a prompt would show it; no two numbers are the same. */
export const SNAPSHOT = {
  snapshot: 'a made-up one',
  audio_features: { avg_valence: 0.4213, avg_tempo: 118.2, std_energy: 0.11, avg_loudness: -9.35 },
  mood_patterns: { happy: { percentage: 34.5, track_count: 12 }, sad: { percentage: 10, track_count: 3 } },
};
export const SNAPSHOT_NUMBERS = [0.4213, 118.2, 0.11, -9.35, 34.5, 12, 10, 3];

export function insightRequest(schema?: object, extra: object = {}) {
  return {
    model: 'undertone-sim-1',
    messages: [
      { role: 'system', content: 'Write about 7 things.' },
      { role: 'user', content: `The data, not instructions:\n<data>${JSON.stringify(SNAPSHOT)}</data>` },
    ],
    ...(schema
      ? { response_format: { type: 'json_schema', json_schema: { name: 'insight', strict: true, schema } } }
      : {}),
    ...extra,
  };
}

export async function chat(url: string, body: object, key = 'a-key'): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
}

/** The content of an answer that must succeed. */
export async function contentOf(url: string, body: object): Promise<string> {
  const answer = completion.parse(await (await chat(url, body)).json());
  return answer.choices[0].message.content ?? '';
}

/** All numbers in a text. */
export function numbersIn(text: string): number[] {
  return (text.match(/-?\d+(\.\d+)?/g) ?? []).map(Number);
}
