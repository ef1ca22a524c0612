import type { ModelPrice } from '@undertone/contracts/insight/language-model';
import type { TokenUsage } from './completion.js';

/** US dollars of a call; null when the price or the tokens are not known. */
export function costOf(
  price: ModelPrice | null,
  { promptTokens, completionTokens }: TokenUsage,
): number | null {
  if (!price || promptTokens === null || completionTokens === null) return null;
  const { input_usd_per_million: input, output_usd_per_million: output } = price;
  return (promptTokens * input + completionTokens * output) / 1_000_000;
}
