import type { Fallback } from '@undertone/contracts/insight/insight';
import { PermanentJobError, TransientJobError } from '@undertone/platform/jobs/job-errors';
import OpenAI from 'openai';

/** Why one model did not answer. */
export type ModelFailure = PermanentJobError | TransientJobError;

/** No model answered, and one of them may do so later. */
export class ModelsUnavailable extends TransientJobError {
  constructor(
    cause: TransientJobError,
    readonly fallbacks: readonly Fallback[],
  ) {
    super(cause.code, cause.message, cause.retryAfterMs, { cause });
    this.name = 'ModelsUnavailable';
  }
}

/** No model answered, and none of them ever will. */
export class ModelsRefused extends PermanentJobError {
  constructor(
    cause: PermanentJobError,
    readonly fallbacks: readonly Fallback[],
  ) {
    super(cause.code, cause.message, { cause });
    this.name = 'ModelsRefused';
  }
}

/** Whether the server said no before the model began, so that the call took no tokens. */
export const isRefusal = (error: unknown): boolean =>
  (error instanceof TransientJobError && error.code === 'LLM_RATE_LIMITED') ||
  (error instanceof PermanentJobError && error.code === 'LLM_REFUSED');

/** What a call's error says of the model; anything that is not the server's own word may pass. */
export function failureOf(error: unknown): ModelFailure {
  if (error instanceof OpenAI.APIError && typeof error.status === 'number') {
    const { status } = error;
    if (status === 429) {
      const seconds = Number(error.headers?.get('retry-after'));
      const wait = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined;
      return new TransientJobError('LLM_RATE_LIMITED', 'the language model asks to wait', wait);
    }
    if (status < 500 && status !== 408 && status !== 409) {
      return new PermanentJobError('LLM_REFUSED', `the language model refused the request (${status})`);
    }
  }
  // Timeouts, broken connections and streams come as various errors; all of them may pass.
  return new TransientJobError('LLM_UNAVAILABLE', 'the language model did not answer', undefined, {
    cause: error,
  });
}

/** Of all models' failures the one that a job should act on: the first that may pass, else the first. */
export function together(failures: readonly ModelFailure[], fallbacks: readonly Fallback[]): ModelFailure {
  const passing = failures.find((failure) => failure instanceof TransientJobError);
  if (passing) return new ModelsUnavailable(passing, fallbacks);
  const first = failures[0] ?? new PermanentJobError('LLM_REFUSED', 'no language model is configured');
  return new ModelsRefused(first as PermanentJobError, fallbacks);
}
