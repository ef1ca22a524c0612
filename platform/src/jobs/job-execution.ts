import type { JsMsg } from '@nats-io/jetstream';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import type { EventDefinition, RecordedEvent } from '@undertone/contracts/event';
import {
  isTerminal,
  JobFailed,
  type JobProblem,
  type JobProgress,
  JobProgressed,
  JobRequested,
  JobRetrying,
  JobRevoked,
  JobStarted,
  JobSucceeded,
} from '@undertone/contracts/jobs/job';
import { type Lane, lanes } from '@undertone/contracts/jobs/queues';
import type { OwnedTask } from '@undertone/contracts/jobs/task';
import { type Aggregate, jobAggregate, parseDueSubject } from '@undertone/contracts/subjects';
import type { z } from 'zod';
import { fromMessage, type NewEvent, NotAnEvent } from '../event-store/cloudevents.js';
import { ConcurrencyConflict, type EventStore, LogUnavailable } from '../event-store/event-store.js';
import { newId } from '../ids/ids.js';
import type { TraceHeaders } from '../telemetry/tracing.js';
import { deliverAt, dueId } from './deliver-at.js';
import { JobCancelled } from './job-errors.js';
import { evolveJob, evolveTask } from './task.js';

/** Workers take the lanes of their own release. */
type Requested = z.output<typeof JobRequested.schema> & { readonly lane: Lane };

/** The message asks for no job: another event, or one whose subject names another job than its data, or a job that is forgotten. */
export class NotAJobRequest extends Error {
  readonly code = 'NOT_A_JOB_REQUEST';
  constructor(message: JsMsg, reason: string) {
    super(`message ${message.seq} of ${message.info.stream} asks for no job: ${reason}`);
    this.name = 'NotAJobRequest';
  }
}

/**
 * An event that cannot be read is no stray: a newer release wrote it, perhaps in the middle of a rolling update, and a newer
 * replica can take it. If none does, its deliveries run out and the dead letters' watch ends the job.
 */
export const isStray = (error: unknown): boolean =>
  error instanceof NotAnEvent || error instanceof NotAJobRequest;

/** The job ended, or another worker took it, while this one was at it: nothing more may be written. */
export class JobTakenOver extends Error {
  constructor(readonly state: OwnedTask | undefined) {
    super('the job is no longer this worker’s');
    this.name = 'JobTakenOver';
  }
}

export const isLoss = (error: unknown): error is JobTakenOver | JobCancelled =>
  error instanceof JobTakenOver || error instanceof JobCancelled;

// Of a job that was cancelled nobody else does what follows from it.
const lossBy = (state: OwnedTask | undefined): JobTakenOver | JobCancelled =>
  state?.task.status === 'REVOKED' ? new JobCancelled() : new JobTakenOver(state);

/** So many tries of a job that were lost with their workers do not count. */
const MOST_LOST_TRIES = 3;

const hasKnownLane = (request: z.output<typeof JobRequested.schema>): request is Requested =>
  lanes.some((lane) => lane === request.lane);

/**
 * One delivery of one job: its place in the log, and the appends that record what becomes of it. Each append
 * expects to be the next of the job's events, so of two workers with the same job only one can end it.
 */
export class JobExecution {
  readonly aggregate: Aggregate;
  readonly attempt: number;
  /** How many of the attempts count, this one included. */
  tries: number;
  /** Until when the job was put back to wait its turn. */
  readonly resumeAt: Date | undefined;
  /** Whether the job had moved on before this delivery, which had not looked. */
  wasUnseen = false;
  private sequence: number;
  private ended = false;
  /** The id of the event that was written last, where the log did not say whether it took it. */
  private unconfirmed: string | undefined;
  /** The id of the event that is being written, or was written last. */
  private writtenLast: string | undefined;
  private writing: Promise<void> = Promise.resolve();

  private constructor(
    private readonly store: EventStore,
    readonly request: Requested,
    private state: {
      readonly task: OwnedTask;
      readonly sequence: number;
      readonly resumeAt?: string | undefined;
      /** Whether the log was looked at. */
      readonly isSeen: boolean;
    },
    readonly requestedAt: Date,
    /** W3C trace context of whoever asked. */
    readonly traceHeaders: TraceHeaders,
    /** It was due as it was before something that happened meanwhile: whoever did that has the job. */
    readonly isStale: boolean,
    private readonly worker: { readonly service: string; readonly name: string },
  ) {
    this.aggregate = jobAggregate(request.queue, request.lane, request.job_id);
    this.attempt = state.task.task.attempt + 1;
    this.tries = this.attempt;
    this.resumeAt = state.resumeAt === undefined ? undefined : new Date(state.resumeAt);
    this.sequence = state.sequence;
  }

  /**
   * @param message a job's request, or that a job which waited is due.
   * @throws {UnreadableEvent | NotAnEvent | NotAJobRequest} when it is neither.
   */
  static async load(
    store: EventStore,
    message: JsMsg,
    worker: { readonly service: string; readonly name: string },
  ): Promise<JobExecution> {
    const event = await requestOf(store, message);
    const request = JobRequested.read(event);
    if (!request) throw new NotAJobRequest(message, `it is ${event.type}`);
    if (!hasKnownLane(request)) throw new NotAJobRequest(message, `there is no lane ${request.lane}`);
    const { filter, prefix } = jobAggregate(request.queue, request.lane, request.job_id);
    if (event.subject !== `${prefix}.${JobRequested.subjectToken}`) {
      throw new NotAJobRequest(message, `its subject ${event.subject} is not that of ${prefix}`);
    }
    // On the first delivery hardly anything can have happened; where it has, `started` meets it.
    const isFirst = event.sequence === message.seq && !message.redelivered;
    const last = (!isFirst && (await store.last(event.stream, filter))) || event;
    const task =
      last === event
        ? evolveJob(undefined, { type: JobRequested.name, data: request, metadata: event })
        : evolveTask(undefined, last);
    if (!task) throw new Error(`${last.type} is not an event of a job`);
    const resumeAt = JobRetrying.read(last)?.resume_at;
    const state = { task, sequence: last.sequence, resumeAt, isSeen: !isFirst };
    const { task_id } = task.task;
    const isStale =
      parseDueSubject(message.subject) !== undefined &&
      !message.redelivered &&
      !isTerminal(task.task.status) &&
      message.headers?.get('ce-id') !== dueId(task_id, last.sequence);
    return new JobExecution(store, request, state, new Date(event.time), event, isStale, worker);
  }

  /** Whether the job ended before this delivery, as far as this worker knows. */
  get isOver(): boolean {
    return isTerminal(this.state.task.task.status);
  }

  /** Why the job has no result, where it ended so before this delivery; null: it was cancelled. */
  get failure(): { readonly problem: JobProblem | null } | undefined {
    const { status, error } = this.state.task.task;
    return status === 'FAILURE' || status === 'REVOKED' ? { problem: error } : undefined;
  }

  /**
   * Counts the tries where that decides whether there is another one. One whose worker was frozen or killed says nothing of the
   * job, and so does not count: three times at most, since the job itself may be what ends its workers.
   */
  async countTries({ maxAttempts }: { readonly maxAttempts: number }): Promise<void> {
    if (this.attempt < maxAttempts) return;
    const before = await this.store.read(this.aggregate);
    let lost = 0;
    let isOpen = false;
    for (const event of before.filter(({ sequence }) => sequence <= this.sequence)) {
      const isStart = JobStarted.read(event) !== undefined;
      if (isStart && isOpen) lost += 1;
      isOpen = isStart || (isOpen && JobProgressed.read(event) !== undefined);
    }
    if (isOpen) lost += 1;
    this.tries = this.attempt - Math.min(lost, MOST_LOST_TRIES);
  }

  started(): Promise<void> {
    return this.write(JobStarted, { attempt: this.attempt, worker: this.worker.name });
  }

  progressed(progress: JobProgress): Promise<void> {
    return this.write(JobProgressed, { attempt: this.attempt, progress });
  }

  retrying(problem: JobProblem, delayMs: number): Promise<void> {
    return this.write(JobRetrying, { attempt: this.attempt, problem, delay_ms: delayMs });
  }

  /** The job waits its turn; the attempt does not count. */
  postponed(problem: JobProblem, delayMs: number, resumeAt: Date): Promise<void> {
    return this.write(JobRetrying, {
      attempt: this.attempt,
      problem,
      delay_ms: delayMs,
      resume_at: resumeAt.toISOString(),
    });
  }

  /** Has the job delivered again at a time (`deliverAt`). @throws {LogUnavailable} */
  deliverAt(time: Date): Promise<void> {
    const { queue, lane, job_id: jobId } = this.request;
    return deliverAt(this.store, { queue, lane, jobId, sequence: this.sequence }, time, this.worker.service);
  }

  /** The process stops in the middle of the attempt, which therefore does not count. */
  interrupted(): Promise<void> {
    const problem: JobProblem = {
      code: 'INTERRUPTED',
      message: 'the worker was stopped; another one begins again',
    };
    return this.write(JobRetrying, { attempt: this.attempt, problem, delay_ms: 0, interrupted: true });
  }

  succeeded(result: Record<string, unknown>): Promise<void> {
    return this.write(JobSucceeded, { attempt: this.attempt, result });
  }

  failed(problem: JobProblem): Promise<void> {
    return this.write(JobFailed, { attempt: this.attempt, problem });
  }

  /**
   * Reads in the log whether the job is still this worker's: one that slept past its lease hears of nothing else.
   * @returns why it is not; undefined when it is.
   */
  async loss(): Promise<JobTakenOver | JobCancelled | undefined> {
    const last = await this.store.last(this.aggregate.stream, this.aggregate.filter);
    const isOwn = last && (last.id === this.writtenLast || last.id === this.unconfirmed);
    if (!last || isOwn || last.sequence <= this.sequence) return undefined;
    return lossBy(evolveTask(undefined, last));
  }

  /** Aborts with the loss, where there is one. @throws the signal's reason */
  async confirm(controller: AbortController): Promise<void> {
    controller.signal.throwIfAborted();
    const loss = await this.loss();
    if (loss) controller.abort(loss);
    controller.signal.throwIfAborted();
  }

  /** Calls back when somebody cancels the job; whether the log took it, `loss` says. @returns how to stop listening. */
  onRevoked(nats: NatsConnection, said: () => void): () => void {
    const subscription = nats.subscribe(`${this.aggregate.prefix}.${JobRevoked.subjectToken}`, {
      callback: (_error, message) => {
        if (this.isRevocation(message)) said();
      },
    });
    return () => subscription.unsubscribe();
  }

  private isRevocation({ subject, headers, data }: Msg): boolean {
    try {
      const { stream } = this.aggregate;
      return JobRevoked.read(fromMessage({ stream, sequence: 0, subject, headers, data })) !== undefined;
    } catch {
      // Thrown out of a callback it would end the connection; whatever it is, it revokes nothing.
      return false;
    }
  }

  // Writes go one after another, because each expects the sequence of the one before.
  private write<T>(definition: EventDefinition<T>, fact: object): Promise<void> {
    const { job_id, job_type, user_id } = this.request;
    const event: NewEvent<unknown> = {
      definition,
      id: newId(),
      time: new Date(),
      source: this.worker.service,
      correlationId: job_id,
      causationId: job_id,
      data: { job_id, job_type, user_id, ...fact },
    };
    const done = this.writing.then(async () => {
      if (this.ended) throw new JobTakenOver(undefined);
      await this.append(event);
      this.ended = definition.type === JobSucceeded.type || definition.type === JobFailed.type;
    });
    this.writing = done.catch(() => undefined);
    return done;
  }

  private async append(event: NewEvent): Promise<void> {
    this.writtenLast = event.id;
    try {
      ({ sequence: this.sequence } = await this.store.append(this.aggregate, event, this.sequence));
    } catch (error) {
      if (error instanceof LogUnavailable) this.unconfirmed = event.id;
      if (!(error instanceof ConcurrencyConflict)) throw error;
      const last = await this.store.last(this.aggregate.stream, this.aggregate.filter);
      const state = last && evolveTask(undefined, last);
      // Nobody came between: the log has what it did not confirm.
      if (last && last.id === this.unconfirmed && state && !isTerminal(state.task.status)) {
        this.unconfirmed = undefined;
        this.sequence = last.sequence;
        return this.append(event);
      }
      this.ended = true;
      this.wasUnseen = !this.state.isSeen && this.sequence === this.state.sequence;
      if (state && this.wasUnseen) this.state = { ...this.state, task: state };
      throw lossBy(state);
    }
  }
}

async function requestOf(store: EventStore, message: JsMsg): Promise<RecordedEvent> {
  const { stream } = message.info;
  const due = parseDueSubject(message.subject);
  if (!due) {
    const { seq: sequence, subject, headers, data } = message;
    return fromMessage({ stream, sequence, subject, headers, data });
  }
  const { prefix } = jobAggregate(due.queue, due.lane, due.jobId);
  const request = await store.last(stream, `${prefix}.${JobRequested.subjectToken}`);
  if (!request) throw new NotAJobRequest(message, `the log has no request of ${prefix}`);
  return request;
}

/** Whose job a message brings. Where that cannot be read it is nobody else's, and what is wrong will be found when it is processed. */
export function userOf(store: EventStore, message: JsMsg): string | Promise<string> {
  if (!parseDueSubject(message.subject)) return userIn(message.data) ?? message.subject;
  return requestOf(store, message).then(
    (event) => JobRequested.read(event)?.user_id ?? message.subject,
    () => message.subject,
  );
}

function userIn(data: Uint8Array): string | undefined {
  try {
    const { user_id: user } = JSON.parse(new TextDecoder().decode(data)) as { user_id?: unknown };
    return typeof user === 'string' ? user : undefined;
  } catch {
    return undefined;
  }
}
