import { createHash } from 'node:crypto';
import type { PromptExperiment, PromptVariant } from '@undertone/contracts/prompt/prompt';

/**
 * The variant that a person has in an experiment: the same one always, in any process. The experiment is part of what is
 * hashed, so that it is not the same people who get whatever is new.
 * @throws {Error} the shares do not add up to 100.
 */
export function variantOf(
  { experiment_id, variants }: Pick<PromptExperiment, 'experiment_id' | 'variants'>,
  userId: string,
): PromptVariant {
  const digest = createHash('sha256').update(`${experiment_id}\u0000${userId}`).digest();
  // 32 bits are even to one part in 40 million for a hundred shares.
  let left = (digest.readUInt32BE(0) / 2 ** 32) * 100;
  for (const variant of variants) {
    left -= variant.percent;
    if (left < 0) return variant;
  }
  throw new Error(`the shares of experiment ${experiment_id} do not add up to 100`);
}
