import type { ModelHealth } from '@undertone/contracts/insight/language-model';
import OpenAI from 'openai';
import { z } from 'zod';
import type { ConfiguredModel } from '../model-settings/configured-models.js';

/** Longer than a healthy server takes to list its models, and short enough for somebody who waits. */
const PATIENCE_MS = 2_000;

const modelList = z.object({ data: z.array(z.object({ id: z.string() })) });

/** Asks a model's server which models it has: costs no token, and tells a refused key from a silent server. */
export async function checkHealth(
  client: OpenAI,
  model: ConfiguredModel,
  now: () => Date,
): Promise<ModelHealth> {
  const started = performance.now();
  const answer = (status: ModelHealth['status'], detail: string, heard = true): ModelHealth => ({
    status,
    latency_ms: heard ? Math.round(performance.now() - started) : null,
    checked_at: now().toISOString(),
    detail,
  });
  try {
    const listed = modelList.safeParse(await client.get('/models', { timeout: PATIENCE_MS }));
    if (!listed.success) return answer('unknown', 'the server answers, and lists no models');
    // Ollama's names end in a tag, and `llama3.2` means `llama3.2:latest`.
    const has = listed.data.data.some(({ id }) => id === model.model || id === `${model.model}:latest`);
    return has
      ? answer('up', 'the server lists the model')
      : answer('down', 'the server does not have the model');
  } catch (error) {
    const status = error instanceof OpenAI.APIError ? error.status : undefined;
    if (status === 401 || status === 403) return answer('down', `the server refuses the key (${status})`);
    if (status === 404 || status === 405) return answer('unknown', 'the server answers, and lists no models');
    if (typeof status === 'number') return answer('down', `the server answers with ${status}`);
    return answer('down', `no answer within ${PATIENCE_MS / 1000} s`, false);
  }
}
