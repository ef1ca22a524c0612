import type { JsMsg } from '@nats-io/jetstream';
import { SpanKind } from '@opentelemetry/api';
import { isTerminal, type JobProblem, type JobProgress } from '@undertone/contracts/jobs/job';
import type { JobInHand, WorkedLane } from '@undertone/contracts/operations/worker';
import type { EventStore } from '../event-store/event-store.js';
import type { Logger } from '../logging/logger.js';
import { attributes, spanNames } from '../telemetry/names.js';
import { contextFrom, inSpan } from '../telemetry/tracing.js';
import { backoffMs } from './backoff.js';
import {
  isPermanent,
  JobCancelled,
  PermanentJobError,
  PostponedJobError,
  problemOf,
  TransientJobError,
  UnknownJob,
} from './job-errors.js';
import { isLoss, isStray, JobExecution, JobTakenOver, userOf } from './job-execution.js';
import type { RegisteredJob } from './job-handler.js';
import { JobSupply, type JobSupplyOptions } from './job-supply.js';
import { outageOf, outageWaitMs } from './outage-of.js';
import { LONGEST_LIFE_MS, LONGEST_WAIT_MS, SHORT_WAIT_MS, wait } from './waits.js';
import { whenAborted } from './when-aborted.js';

export interface JobRunnerOptions extends Pick<JobSupplyOptions, 'nats' | 'log' | 'consumer' | 'slots'> {
  readonly store: EventStore;
  /** By job type. */
  readonly jobs: ReadonlyMap<string, RegisteredJob>;
  /** Named in `started` events: which replica it was. */
  readonly worker: string;
  /** From 0 to 1; spreads retries. */
  readonly random: () => number;
  /** Milliseconds of an idle pull; also the longest a stop waits for an idle slot. */
  readonly pullMs?: number;
}

class ShuttingDown extends Error {}

const PROGRESS_EVERY_MS = 500;
export const PULL_MS = 2_000;
/** After so long a job that was due twice is taken from whoever has it, unless it has ended. */
const STALE_WAIT_MS = 5 * 60_000;
/** When a cancellation that was heard of is looked for in the log, each time after the one before. */
const CANCELLED_LOOKS_MS = [0, 100, 200, 400];
/** After so long a job listens for its cancellation: a person cannot tell the difference. */
const LISTEN_AFTER_MS = 100;
/** What a stop allows over its grace and an idle pull. */
const STOP_MARGIN_MS = 1_000;

/** Takes jobs from one lane's durable consumer, and processes each to its end. */
export class JobRunner {
  private readonly running = new Map<AbortController, JobInHand>();
  private readonly supply: JobSupply;
  private stopping = false;

  constructor(private readonly options: JobRunnerOptions) {
    this.supply = new JobSupply({
      pullMs: PULL_MS,
      ...options,
      personOf: (message) => userOf(options.store, message),
      process: (message) => this.deliver(message),
    });
  }

  start(): void {
    this.supply.start();
  }

  /** What it has to do now. */
  get lane(): WorkedLane {
    const { consumer, slots } = this.options;
    const { queue, lane } = consumer;
    return { queue, lane, slots, jobs: [...this.running.values()], held: this.supply.held };
  }

  /**
   * Takes no more jobs, gives the running ones `graceMs` to end, then hands them back to the server, which
   * delivers them to another replica at once.
   */
  async stop(graceMs: number): Promise<void> {
    this.stopping = true;
    this.supply.stopPulling();
    const { log, consumer, pullMs = PULL_MS } = this.options;
    let tooLate: NodeJS.Timeout | undefined;
    const grace = setTimeout(() => {
      for (const controller of this.running.keys())
        controller.abort(new ShuttingDown('the process shuts down'));
    }, graceMs);
    const givenUp = new Promise<void>((resolve) => {
      tooLate = setTimeout(
        () => {
          // While the server is gone a pull does not end; it holds no job, so there is nothing to lose.
          log.warn({ consumer: consumer.name }, 'stopped without hearing from the server');
          resolve();
        },
        graceMs + pullMs + STOP_MARGIN_MS,
      );
    });
    await Promise.race([this.supply.idle(), givenUp]);
    clearTimeout(grace);
    clearTimeout(tooLate);
  }

  private async deliver(message: JsMsg): Promise<void> {
    const { nats, store, log, worker, consumer } = this.options;
    const heartbeat = setInterval(() => {
      if (!nats.isClosed()) message.working();
    }, this.heartbeatMs);
    try {
      if (this.stopping) return message.nak();
      let execution: JobExecution;
      try {
        execution = await JobExecution.load(store, message, { service: consumer.service, name: worker });
      } catch (error) {
        if (isStray(error)) {
          log.error({ err: error, sequence: message.seq }, 'not a job request');
          return message.term('not a job request');
        }
        throw error;
      }
      await inSpan(
        spanNames.job(execution.request.job_type),
        {
          kind: SpanKind.CONSUMER,
          parent: contextFrom(execution.traceHeaders),
          attributes: {
            [attributes.jobId]: execution.request.job_id,
            [attributes.jobAttempt]: execution.attempt,
          },
        },
        () => this.process(execution, message),
      );
    } catch (error) {
      // Nothing is known to be recorded: let the server deliver it again.
      log.warn({ err: error, sequence: message.seq }, 'a delivery failed');
      message.nak(backoffMs(message.info.deliveryCount, this.options.random()));
    } finally {
      clearInterval(heartbeat);
    }
  }

  private async process(execution: JobExecution, message: JsMsg): Promise<void> {
    if (execution.isOver) return this.settle(execution, message);
    // Whoever has it may have died together with the server's memory of it, so it comes again.
    if (execution.isStale) return message.nak(STALE_WAIT_MS);
    // The log says when it goes on; the server delivers it earlier where it was not heard that it waits.
    const early = (execution.resumeAt?.getTime() ?? 0) - Date.now();
    if (early > 0) return this.putBack(execution, message, early);
    // The stop came while the job was looked up, so it would not reach this one any more.
    if (this.stopping) return message.nak();
    const { job_id: jobId, job_type: type, user_id: userId } = execution.request;
    const log = this.options.log.child({ job_id: jobId, job_type: type, user_id: userId });
    const job = this.options.jobs.get(type);
    const controller = new AbortController();
    let stopListening: (() => void) | undefined;
    // A subscription costs more than most jobs do, and what was said before it stands in the log.
    const listen = setTimeout(() => {
      const { nats } = this.options;
      if (nats.isClosed() || nats.isDraining()) return;
      stopListening = execution.onRevoked(nats, () => void this.checkCancelled(execution, controller, log));
      void this.checkHeld(execution, controller, log);
    }, LISTEN_AFTER_MS);
    const watch = setInterval(() => void this.checkHeld(execution, controller, log), this.heartbeatMs);
    const since = new Date().toISOString();
    this.running.set(controller, { task_id: jobId, job_type: type, since });
    const began = performance.now();
    try {
      if (!job) throw new UnknownJob(type);
      await execution.countTries(job.definition);
      if (execution.tries > job.definition.maxAttempts) {
        throw new PermanentJobError(
          'ATTEMPTS_EXHAUSTED',
          `given up after ${execution.attempt - 1} attempts: a worker died or was stopped in ${job.definition.maxAttempts} or more of them`,
        );
      }
      await execution.started();
      const result = await this.attempt(job, execution, controller, log);
      await execution.succeeded(result);
      log.info({ attempt: execution.attempt }, 'job done');
    } catch (error) {
      return await this.conclude(error, execution, message, controller.signal, job, log).catch(
        (failure: unknown) => {
          if (!isLoss(failure)) throw failure;
          if (execution.isOver) return this.settle(execution, message);
          if (failure instanceof JobCancelled) return this.endCancelled(execution, message, job, log);
          // What was written came before this delivery, unless the process was frozen: the next one looks at it.
          const isHeld = performance.now() - began < this.options.consumer.ackWaitSeconds * 1_000;
          return execution.wasUnseen && isHeld ? message.nak() : this.leave(failure, message, log);
        },
      );
    } finally {
      clearTimeout(listen);
      stopListening?.();
      clearInterval(watch);
      this.running.delete(controller);
    }
    // The log has its end: a delivery whose acknowledgement is lost finds that.
    message.ack();
  }

  // Delivered again after its end. The worker that failed it may have died before what follows from that was done.
  private async settle(execution: JobExecution, message: JsMsg): Promise<void> {
    const { job_id: jobId, job_type: type, user_id: userId } = execution.request;
    const log = this.options.log.child({ job_id: jobId, job_type: type, user_id: userId });
    if (execution.failure) {
      await this.followUp(this.options.jobs.get(type), execution, execution.failure.problem, log);
    }
    await message.ackAck();
  }

  /** Records that the job failed, and does what follows from it. */
  private async fail(
    problem: JobProblem,
    execution: JobExecution,
    message: JsMsg,
    job: RegisteredJob | undefined,
    log: Logger,
  ): Promise<void> {
    await execution.failed(problem);
    await this.followUp(job, execution, problem, log);
    message.term(problem.code);
  }

  // What it throws has the server deliver the job again, which then is over.
  private async followUp(
    job: RegisteredJob | undefined,
    { request, requestedAt, attempt, isOver }: JobExecution,
    problem: JobProblem | null,
    log: Logger,
  ): Promise<void> {
    const payload = job?.definition.payload.safeParse(request.payload);
    if (!job?.onFailed || !payload?.success) return;
    await job.onFailed({
      jobId: request.job_id,
      userId: request.user_id,
      payload: payload.data,
      lane: request.lane,
      requestedAt,
      // Of a job that is over, this delivery is no attempt.
      attempt: isOver ? attempt - 1 : attempt,
      problem,
      log,
    });
  }

  private get heartbeatMs(): number {
    return (this.options.consumer.ackWaitSeconds * 1000) / 3;
  }

  // A process that was frozen past its lease finds out here, as soon as its timers run again.
  private async checkHeld(execution: JobExecution, controller: AbortController, log: Logger): Promise<void> {
    try {
      const loss = await execution.loss();
      if (loss) controller.abort(loss);
    } catch (error) {
      log.debug({ err: error }, 'could not check whether the job was taken over');
    }
  }

  /**
   * Somebody says that the job is cancelled, which the log may refuse, and a replicated stream shows later than it tells listeners.
   */
  private async checkCancelled(
    execution: JobExecution,
    controller: AbortController,
    log: Logger,
  ): Promise<void> {
    for (const waitMs of CANCELLED_LOOKS_MS) {
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      if (!controller.signal.aborted) await this.checkHeld(execution, controller, log);
    }
  }

  private async endCancelled(
    execution: JobExecution,
    message: JsMsg,
    job: RegisteredJob | undefined,
    log: Logger,
  ): Promise<void> {
    await this.followUp(job, execution, null, log);
    message.term('revoked');
  }

  /** Gives up a job that another worker has: to put it back, or end it, is no longer this one's business. */
  private async leave({ state }: JobTakenOver, message: JsMsg, log: Logger): Promise<void> {
    const over = state && isTerminal(state.task.status);
    log.info({ over }, over ? 'the job ended elsewhere' : 'another delivery of the job moved on');
    // Not over: whoever moved it on answers for it, and if nobody does the server delivers it again.
    if (over) await message.ackAck();
  }

  private async attempt(
    job: RegisteredJob,
    execution: JobExecution,
    controller: AbortController,
    log: Logger,
  ): Promise<Record<string, unknown>> {
    const { signal } = controller;
    const payload = job.definition.payload.safeParse(execution.request.payload);
    if (!payload.success) {
      throw new PermanentJobError('BAD_PAYLOAD', `the job's payload is wrong: ${payload.error.message}`);
    }
    let reported = 0;
    const progress = (now: JobProgress) => {
      if (signal.aborted || Date.now() - reported < PROGRESS_EVERY_MS) return;
      reported = Date.now();
      execution.progressed(now).catch((error: unknown) => {
        if (isLoss(error)) controller.abort(error);
        else log.debug({ err: error }, 'progress not recorded');
      });
    };
    const work = job.handle({
      jobId: execution.request.job_id,
      userId: execution.request.user_id,
      payload: payload.data,
      lane: execution.request.lane,
      requestedAt: execution.requestedAt,
      attempt: execution.attempt,
      signal,
      confirm: () => execution.confirm(controller),
      log,
      progress,
    });
    const result = await Promise.race([work, whenAborted(signal)]);
    return job.definition.result.parse(result) as Record<string, unknown>;
  }

  private async conclude(
    error: unknown,
    execution: JobExecution,
    message: JsMsg,
    signal: AbortSignal,
    job: RegisteredJob | undefined,
    log: Logger,
  ): Promise<void> {
    if (signal.reason instanceof ShuttingDown) {
      // Unrecorded it counts as a try, which is better than to keep the job.
      await execution.interrupted().catch((failure: unknown) => {
        if (isLoss(failure)) throw failure;
        log.warn({ err: failure }, 'the interruption was not recorded');
      });
      return message.nak();
    }
    // Also where the handler met its signal first, and failed in words of its own.
    if (isLoss(signal.reason)) throw signal.reason;
    if (isLoss(error)) throw error;
    if (error instanceof PostponedJobError) return this.postpone(error, execution, message, job, log);
    const outage = outageOf(error);
    const ageMs = Date.now() - execution.requestedAt.getTime();
    if (outage && ageMs < outage.forMs) {
      const resumeAt = new Date(Date.now() + outageWaitMs(ageMs));
      const waiting = new PostponedJobError(outage.code, outage.message, resumeAt, { cause: error });
      return this.postpone(waiting, execution, message, job, log);
    }
    const problem = problemOf(error);
    if (isPermanent(error) || execution.tries >= (job?.definition.maxAttempts ?? 0)) {
      log.error({ err: error, attempt: execution.attempt }, 'job failed');
      return this.fail(problem, execution, message, job, log);
    }
    const asked = error instanceof TransientJobError ? error.retryAfterMs : undefined;
    const delayMs = wait(
      Math.min(asked ?? backoffMs(execution.attempt, this.options.random()), LONGEST_WAIT_MS),
    );
    log.warn({ err: error, attempt: execution.attempt, delay_ms: delayMs }, 'job will be tried again');
    await execution.retrying(problem, delayMs);
    await this.putBack(execution, message, delayMs);
  }

  private async postpone(
    error: PostponedJobError,
    execution: JobExecution,
    message: JsMsg,
    job: RegisteredJob | undefined,
    log: Logger,
  ): Promise<void> {
    const { resumeAt } = error;
    if (resumeAt.getTime() - execution.requestedAt.getTime() > LONGEST_LIFE_MS) {
      log.error({ err: error }, 'job failed');
      const problem = { code: 'WAITED_TOO_LONG', message: `given up after two weeks: ${error.message}` };
      return this.fail(problem, execution, message, job, log);
    }
    const delayMs = wait(resumeAt.getTime() - Date.now());
    log.info({ code: error.code, resume_at: resumeAt }, 'job waits its turn');
    await execution.postponed(problemOf(error), delayMs, resumeAt);
    await this.putBack(execution, message, delayMs);
  }

  /**
   * Has the job delivered again after a time. What waits for long leaves the consumer, so that what is left in it is work that
   * a replica could do: that number is what scales the service.
   */
  private async putBack(execution: JobExecution, message: JsMsg, delayMs: number): Promise<void> {
    if (delayMs < SHORT_WAIT_MS) return message.nak(delayMs);
    await execution.deliverAt(new Date(Date.now() + delayMs));
    await message.ackAck();
  }
}
