import { PostponedJobError, TransientJobError } from '@undertone/platform/jobs/job-errors';
import type { Logger } from '@undertone/platform/logging/logger';
import { metricAttributes as attributes, meter, metricNames } from '@undertone/platform/telemetry/metrics';
import { ConsecutiveBreaker, circuitBreaker, handleType, isBrokenCircuitError } from 'cockatiel';
import { AskedToWait } from './asked-to-wait.js';
import type { CallBudget } from './call-budget.js';
import { jobCalls } from './job-calls.js';
import type { PauseKind } from './provider-pause.entity.js';

/** Where the provider does not say how long. */
const UNSAID_WAIT_MS: Readonly<Record<PauseKind, number>> = { rate: 30_000, quota: 60 * 60_000 };
/** After so long one call asks again, whatever was said. */
const LONGEST_WAIT_MS = 24 * 60 * 60_000;

/** What is the provider's fault and not the question's. */
const isProvidersFault = ({ code }: TransientJobError): boolean =>
  code === 'PROVIDER_UNREACHABLE' || code === 'PROVIDER_FAILING';

/**
 * What every call to one provider passes: the circuit breaker, then the account's budget. Who must wait is put back
 * with the time of its turn, not failed.
 */
export class ProviderGate {
  private readonly calls = meter().createCounter(metricNames.providerCalls, {
    description: 'Calls made, by their outcome.',
  });
  private readonly waits = meter().createCounter(metricNames.providerWaits, {
    description: 'Jobs that were put back, by reason.',
  });
  private openUntil = 0;
  private readonly circuit;

  constructor(
    private readonly options: {
      readonly provider: string;
      readonly budget: CallBudget;
      readonly log: Logger;
      /** Failures one after another, of the provider's own, after which no more calls are made for a while. */
      readonly failures: number;
      /** How long that is; then one call is made, and all others wait for how it ends. */
      readonly pauseMs: number;
    },
  ) {
    const { failures, pauseMs, provider, log } = options;
    this.circuit = circuitBreaker(handleType(TransientJobError, isProvidersFault), {
      halfOpenAfter: pauseMs,
      breaker: new ConsecutiveBreaker(failures),
    });
    this.circuit.onBreak(() => {
      this.openUntil = Date.now() + pauseMs;
      log.warn({ provider, resume_at: new Date(this.openUntil) }, 'the provider fails and is left alone');
    });
    this.circuit.onReset(() => log.info({ provider }, 'the provider is well again'));
  }

  /**
   * Takes the calls that a piece of work needs before it begins, so that it is not put back in its middle and has to
   * make them again. Further ones are taken singly.
   * @throws {PostponedJobError}
   */
  async reserve(count: number): Promise<void> {
    const { budget } = this.options;
    const { lane, job, reserved } = jobCalls();
    const before = reserved.get(budget);
    if (before) await budget.giveBack(before);
    await this.waiting(async () => {
      await this.refuseWhileOpen();
      reserved.set(budget, await budget.take(count, lane, job));
    });
  }

  /** Makes a call. @throws {PostponedJobError} when it cannot be made now, or the provider asks to wait. */
  pass<T>(call: () => Promise<T>): Promise<T> {
    return this.waiting(async () => {
      await this.refuseWhileOpen();
      await this.count();
      const outcome = await this.circuit
        .execute(() => this.outcomeOf(call))
        .catch((error: unknown) => this.closedMeanwhile(error));
      if ('value' in outcome) return outcome.value;
      const { error } = outcome;
      if (!(error instanceof AskedToWait)) throw error;
      const waitMs = Math.min(error.waitMs ?? UNSAID_WAIT_MS[error.kind], LONGEST_WAIT_MS);
      const { lane, job } = jobCalls();
      throw await this.options.budget.pause(error.kind, new Date(Date.now() + waitMs), lane, job);
    });
  }

  // An answer that refuses is an answer: only what is the provider's fault is thrown into the circuit breaker.
  private async outcomeOf<T>(call: () => Promise<T>): Promise<{ value: T } | { error: unknown }> {
    const made = (outcome: string) =>
      this.calls.add(1, { [attributes.provider]: this.options.provider, [attributes.outcome]: outcome });
    try {
      const value = await call();
      made('answered');
      return { value };
    } catch (error) {
      made(outcomeNamed(error));
      if (error instanceof TransientJobError && isProvidersFault(error)) throw error;
      return { error };
    }
  }

  private async count(): Promise<void> {
    const { budget } = this.options;
    const { lane, job, reserved } = jobCalls();
    const reservation = reserved.get(budget);
    if (reservation && reservation.left > 0) return budget.use(reservation);
    await budget.use(await budget.take(1, lane, job));
  }

  // It waited for the one call that tries whether the provider is well again, and that one failed.
  private async closedMeanwhile(error: unknown): Promise<never> {
    if (isBrokenCircuitError(error)) await this.refuseWhileOpen();
    throw error;
  }

  private async refuseWhileOpen(): Promise<void> {
    if (Date.now() >= this.openUntil) return;
    const { provider, budget } = this.options;
    const { lane, job } = jobCalls();
    const turn = await budget.turnAfter(new Date(this.openUntil), lane, job);
    throw new PostponedJobError('PROVIDER_PAUSED', `${provider} fails again and again`, turn);
  }

  private async waiting<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof PostponedJobError) {
        this.waits.add(1, { [attributes.provider]: this.options.provider, [attributes.reason]: error.code });
      }
      throw error;
    }
  }
}

function outcomeNamed(error: unknown): string {
  if (error instanceof AskedToWait) return `asked to wait (${error.kind})`;
  return error instanceof Error && 'code' in error ? String(error.code) : 'cancelled';
}
