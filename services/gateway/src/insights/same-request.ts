import { isDeepStrictEqual } from 'node:util';
import { generateInsight } from '@undertone/contracts/jobs/generate-insight';
import { IdempotencyMismatch } from '@undertone/platform/jobs/request-job';
import type { z } from 'zod';

/**
 * The task that an `Idempotency-Key` was first used for, when that asked for the same but for the tone: a request that names
 * no tone takes the one that the person prefers, which may have changed since.
 */
export function taskOfAnyTone(
  error: unknown,
  payload: z.output<typeof generateInsight.payload>,
): string | undefined {
  if (!(error instanceof IdempotencyMismatch)) return undefined;
  const asked = generateInsight.payload.safeParse(error.earlier?.payload);
  if (!asked.success) return undefined;
  const same = isDeepStrictEqual({ ...asked.data, tone_mode: payload.tone_mode }, payload);
  return same ? error.earlier?.jobId : undefined;
}
