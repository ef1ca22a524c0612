import type { PromptVersion } from '@undertone/contracts/prompt/prompt';
import type { ReplayOrder } from '@undertone/contracts/replay/replay';
import { insightTypes } from '../types/insight-types.js';
import type { ConfiguredModels } from '../models/configured-models.js';

/** What is so here, as far as a replay depends on it. */
export interface Circumstances {
  /** The version is what insights are written with now. */
  readonly inUse: boolean;
  readonly models: ConfiguredModels;
}

/** What an operator should know before a replay runs, in words. None of it forbids the replay. */
export function replayWarnings(
  order: Pick<ReplayOrder, 'budget' | 'insight_type'>,
  version: Pick<PromptVersion, 'model'>,
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
