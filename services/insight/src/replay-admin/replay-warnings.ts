import type { PromptVersion } from '@undertone/contracts/prompt/prompt';
import type { ReplayOrder } from '@undertone/contracts/replay/replay';
import { BYTES_PER_TOKEN } from '../model-calls/call-estimate.js';
import type { ConfiguredModels } from '../model-settings/configured-models.js';
import { callsOfOne } from '../replay-run/room-in-budget.js';
import { insightTypes } from '../type-registry/insight-types.js';
import { MAX_TOKENS } from '../writers/openai-writer.js';

/** What is so here, as far as a replay depends on it. */
export interface Circumstances {
  /** The version is what insights are written with now. */
  readonly inUse: boolean;
  readonly models: ConfiguredModels;
}

/** What an operator should know before a replay runs, in words. None of it forbids the replay. */
export function replayWarnings(
  order: Pick<ReplayOrder, 'budget' | 'insight_type'>,
  version: Pick<PromptVersion, 'messages' | 'model' | 'parameters'>,
  { inUse, models }: Circumstances,
): string[] {
  if (models.order.length === 0) {
    return ['INSIGHT_ENGINE is template, and templates use no prompt: the same texts would be written again'];
  }
  const warnings: string[] = [];
  const named = models.all.find(({ id }) => id === version.model);
  if (version.model !== null && !named) {
    warnings.push(`the version is for the model ${version.model}, which is not here: every job would fail`);
  }
  const asked = new Set([...(named ? [named] : []), ...models.order]);
  for (const { id, price } of order.budget.usd === undefined ? [] : asked) {
    if (price !== null) continue;
    warnings.push(`the price of ${id} is not known, so what it writes is not in the budget of dollars`);
  }
  const most = mostOfOne(version, models);
  for (const unit of ['calls', 'tokens'] as const) {
    const limit = order.budget[unit];
    if (limit === undefined || limit >= most[unit]) continue;
    warnings.push(
      `the budget of ${limit} ${unit} has no room: with repairs and every model in order one insight may take ${most[unit]}`,
    );
  }
  if (insightTypes[order.insight_type].uses.artists) {
    warnings.push(
      'a replay names no artist: texts that do, because their readers allowed it, are written without',
    );
  }
  if (inUse)
    warnings.push('the version is in use already: a rollback hides what was written, and it stays in use');
  if (models.templateLast) {
    warnings.push('LLM_FALLBACK ends in template: where no model answers, a template’s text is written');
  }
  return warnings;
}

/** The question without the facts, and the longest answer, of each call that one try may make. */
function mostOfOne(
  { messages, parameters }: Pick<PromptVersion, 'messages' | 'parameters'>,
  models: ConfiguredModels,
): { calls: number; tokens: number } {
  const calls = callsOfOne(models);
  const bytes = messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
  const oneCall = Math.ceil(bytes / BYTES_PER_TOKEN) + (parameters.max_tokens ?? MAX_TOKENS);
  return { calls, tokens: calls * oneCall };
}
