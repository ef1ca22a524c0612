import type { InsightType } from '@undertone/contracts/insight/insight';
import type { ShippedPrompt } from '../prompt-content/shipped-prompt.js';
import type { InsightTypeDefinition } from '../types/insight-type.js';
import { productivity } from '../types/productivity/productivity.js';
import { roast } from '../types/roast/roast.js';
import { weeklySummary } from '../types/weekly-summary/weekly-summary.js';
import { wellness } from '../types/wellness/wellness.js';

/** Every type that the API names; one without a folder does not compile. */
export const insightTypes: { readonly [Name in InsightType]: InsightTypeDefinition<Name> } = {
  wellness,
  roast,
  productivity,
  weekly_summary: weeklySummary,
};

const all: readonly InsightTypeDefinition<InsightType>[] = Object.values(insightTypes);

/** The versions of prompts that come with this release: oldest first within a type. */
export const shippedPrompts: readonly ShippedPrompt[] = all.flatMap(({ prompts }) => prompts);
