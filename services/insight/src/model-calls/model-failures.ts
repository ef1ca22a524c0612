import type { Fallback } from '@undertone/contracts/insight/insight';
import { PermanentJobError, PostponedJobError, TransientJobError } from '@undertone/platform/jobs/job-errors';
import OpenAI from 'openai';

/** Why one model did not answer. */
export type ModelFailure = PermanentJobError | TransientJobError;

/** Nobody is there to answer, which is not the request's fault. */
export class ModelAway extends TransientJobError {
  /** When a bulk job may ask again. */
  resumeAt: Date | null = null;

  constructor(
    /** Whether the request surely reached no model: it took no tokens then, and no try of a bulk job counts. */
    readonly isUnheard: boolean,
    options?: ErrorOptions,
  ) {
    super('LLM_UNAVAILABLE', 'the language model is away', undefined, options);
    this.name = 'ModelAway';
  }
}

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

/** Whether the request surely reached no model. */
export const isUnheard = (error: unknown): error is ModelAway =>
  error instanceof ModelAway && error.isUnheard;

/** Whether the server said no before the model began, so that the call took no tokens. */
export const isRefusal = (error: unknown): boolean =>
  isUnheard(error) ||
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
    if (status === 503) return new ModelAway(true, { cause: error });
    // A proxy says so of a server that is gone, and of one that broke off after long work.
    if (status === 502 || status === 504) return new ModelAway(false, { cause: error });
    if (status < 500 && status !== 408 && status !== 409) {
      return new PermanentJobError('LLM_REFUSED', `the language model refused the request (${status})`);
    }
  }
  if (isUnconnected(error)) return new ModelAway(true, { cause: error });
  // Timeouts, broken connections and streams come as various errors; all of them may pass.
  return new TransientJobError('LLM_UNAVAILABLE', 'the language model did not answer', undefined, {
    cause: error,
  });
}

/** What Node and undici say where no connection came to be, so that no request was sent. */
const UNCONNECTED: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function isUnconnected(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && UNCONNECTED.has(cause.code)) return true;
  }
  return false;
}

/**
 * What a bulk job does where no model can be reached: it is put back until the first may be asked again. Null where one
 * of them was reached and failed, which is a try.
 */
export function putBackWhileAway(failures: readonly ModelFailure[]): PostponedJobError | null {
  const passing = failures.filter((failure) => failure instanceof TransientJobError);
  const times = passing.flatMap((failure) =>
    isUnheard(failure) && failure.resumeAt ? [failure.resumeAt.getTime()] : [],
  );
  if (times.length === 0 || times.length < passing.length) return null;
  return new PostponedJobError('LLM_AWAY', 'no language model can be reached', new Date(Math.min(...times)), {
    cause: passing[0],
  });
}

/** Of all models' failures the one that a job should act on: the first that may pass, else the first. */
export function together(failures: readonly ModelFailure[], fallbacks: readonly Fallback[]): ModelFailure {
  const passing = failures.find((failure) => failure instanceof TransientJobError);
  if (passing) return new ModelsUnavailable(passing, fallbacks);
  const first = failures[0] ?? new PermanentJobError('LLM_REFUSED', 'no language model is configured');
  return new ModelsRefused(first as PermanentJobError, fallbacks);
}
