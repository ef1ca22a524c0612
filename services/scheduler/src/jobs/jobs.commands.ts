import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { owns, type Principal } from '@undertone/contracts/access/principal';
import {
  cancelJob,
  cancelTask,
  type Retry,
  retryJob,
  retryTask,
  type Task,
} from '@undertone/contracts/jobs/task';
import { streams } from '@undertone/contracts/streams';
import { anyJobFilter, jobAggregate, parseJobSubject } from '@undertone/contracts/subjects';
import { confirmNone } from '@undertone/platform/event-store/confirm-end';
import { decideAndAppend } from '@undertone/platform/event-store/decide-and-append';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { Rejected } from '@undertone/platform/event-store/rejected';
import { deliverAt, type JobPlace } from '@undertone/platform/jobs/deliver-at';
import { Answers, asked, Caller } from '@undertone/platform/nest/answers';
import { BackgroundJob } from './background-job.entity.js';
import * as cancelling from './cancel-job.js';
import { originalRequest, requestAgain } from './request-again.js';
import * as retrying from './retry-job.js';
import { retryIdOf, settlementEnvelope } from './settle-failed-job.js';

const JOBS = streams.JOBS.name;

/** What people, and operators, decide about jobs. The log alone decides, so it is so while Postgres and Redis are away. */
@Controller()
export class JobCommands {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(EventStore) private readonly store: EventStore,
  ) {}

  @Answers(cancelTask)
  cancelOwn(
    @Payload(asked(cancelTask)) { task_id }: { task_id: string },
    @Caller() of: Principal,
  ): Promise<Task> {
    return this.cancel(task_id, { of, reason: 'cancelled by the person who asked for it' });
  }

  @Answers(cancelJob)
  cancelAny(@Payload(asked(cancelJob)) { task_id }: { task_id: string }): Promise<Task> {
    return this.cancel(task_id, { of: 'anybody', reason: 'cancelled by an operator' });
  }

  @Answers(retryTask)
  retryOwn(
    @Payload(asked(retryTask)) { task_id }: { task_id: string },
    @Caller() of: Principal,
  ): Promise<Retry> {
    return this.retry(task_id, { of });
  }

  @Answers(retryJob)
  retryAny(@Payload(asked(retryJob)) { task_id }: { task_id: string }): Promise<Retry> {
    return this.retry(task_id, { of: 'anybody' });
  }

  private async cancel(jobId: string, command: cancelling.CancelJob): Promise<Task> {
    const place = await this.placeOf(jobId);
    if (!place) {
      const status = await this.forgottenStatus(jobId, command.of);
      throw new Rejected('TASK_ENDED', `the task has ended already, with ${status}`);
    }
    const { aggregate, queue, lane } = place;
    const envelope = cancelling.cancelEnvelope(jobId, new Date());
    const decision = { aggregate, command, envelope };
    const { state, event } = await decideAndAppend(this.store, cancelling.cancelJob, decision);
    // What was decided before is not decided again, whoever says it.
    const { task } = cancelling.jobOf(command.of, state.job);
    // Its worker does now what follows from it, and not when the wait would have been over.
    if (event && state.wasWaiting)
      await deliverAt(this.store, { queue, lane, jobId, sequence: event.sequence }, new Date(), 'scheduler');
    return task;
  }

  /** The decision first, then the request: what a crash leaves between the two, the projection of jobs completes. */
  private async retry(jobId: string, command: retrying.RetryJob): Promise<Retry> {
    const place = await this.placeOf(jobId);
    const request = place && (await originalRequest(this.store, place.aggregate));
    if (!place || !request) {
      await this.forgottenStatus(jobId, command.of);
      throw retrying.notRetryable('it is longer ago than the log keeps what it was asked with');
    }
    const { aggregate } = place;
    const envelope = settlementEnvelope({ jobId, decision: 'retry', at: new Date() });
    const { state } = await decideAndAppend(this.store, retrying.retryJob, { aggregate, command, envelope });
    cancelling.jobOf(command.of, state.job);
    await requestAgain(this.store, request);
    return { task_id: retryIdOf(jobId), retry_of: jobId };
  }

  private async placeOf(
    jobId: string,
  ): Promise<(Omit<JobPlace, 'sequence'> & { aggregate: ReturnType<typeof jobAggregate> }) | undefined> {
    const last = await this.store.last(JOBS, anyJobFilter(jobId));
    if (!last) return undefined;
    const place = parseJobSubject(last.subject);
    return { ...place, aggregate: jobAggregate(place.queue, place.lane, jobId) };
  }

  /** Of a job that the log has forgotten, and the read model has kept. @throws {Rejected} `TASK_NOT_FOUND` */
  private async forgottenStatus(jobId: string, of: Principal | 'anybody'): Promise<string> {
    const row = await this.orm.em.fork().findOne(BackgroundJob, { id: jobId });
    if (row && (of === 'anybody' || owns(of, row.userId))) return row.status;
    await confirmNone(this.store, JOBS, anyJobFilter(jobId));
    throw cancelling.unknownTask();
  }
}
