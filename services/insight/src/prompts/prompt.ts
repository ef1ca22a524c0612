import { createHash } from 'node:crypto';
import type { InsightType } from '@undertone/contracts/insight/insight';

/** One version of a prompt; never changed once released: a better one is a new version. */
export interface Prompt {
  readonly insightType: InsightType;
  /** As it stands on every insight: `wellness-v1`. */
  readonly version: string;
  /** Who the model is and what it must never do. */
  readonly system: string;
  /** What it is asked; `{{tone}}` and `{{facts}}` are filled in. */
  readonly user: string;
  /** SHA-256 of the two texts, hexadecimal. */
  readonly hash: string;
}

export const definePrompt = (spec: Omit<Prompt, 'hash'>): Prompt => ({
  ...spec,
  hash: createHash('sha256')
    .update(JSON.stringify([spec.system, spec.user]))
    .digest('hex'),
});
