import type { InsightType } from '@undertone/contracts/insight/insight';
import { PermanentJobError } from '@undertone/platform/jobs/job-errors';
import type { Prompt } from './prompt.js';
import { wellnessV1 } from './wellness-v1.js';

/** The version of each prompt that is in use. */
const inUse: Partial<Record<InsightType, Prompt>> = { wellness: wellnessV1 };

/** @throws {PermanentJobError} when no prompt of the type is shipped. */
export function promptFor(type: InsightType): Prompt {
  const prompt = inUse[type];
  if (!prompt)
    throw new PermanentJobError('INSIGHT_TYPE_UNSUPPORTED', `insights of type ${type} cannot be written yet`);
  return prompt;
}
