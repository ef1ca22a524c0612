import type { InsightType } from '@undertone/contracts/insight/insight';
import { PermanentJobError } from '@undertone/platform/jobs/job-errors';
import type { ShippedPrompt } from '../prompts/shipped-prompt.js';
import type { InsightTypeDefinition } from './insight-type.js';
import { wellness } from './wellness/wellness.js';

const shipped: Partial<Record<InsightType, InsightTypeDefinition>> = { wellness };

/** The versions of prompts that come with this release: oldest first within a type. */
export const shippedPrompts: readonly ShippedPrompt[] = Object.values(shipped).flatMap(
  ({ prompts }) => prompts,
);

/** @throws {PermanentJobError} when insights of the type cannot be written yet. */
export function insightTypeOf(name: InsightType): InsightTypeDefinition {
  const type = shipped[name];
  if (!type)
    throw new PermanentJobError('INSIGHT_TYPE_UNSUPPORTED', `insights of type ${name} cannot be written yet`);
  return type;
}
