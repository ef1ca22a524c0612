import { MikroORM } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import { owns, type Principal } from '@undertone/contracts/access/principal';
import type { Retry, Task } from '@undertone/contracts/jobs/task';
import { streams } from '@undertone/contracts/streams';
import { type Aggregate, anyJobFilter, jobAggregate, parseJobSubject } from '@undertone/contracts/subjects';
import { confirmNone } from '@undertone/platform/event-store/confirm-end';
import { decideAndAppend } from '@undertone/platform/event-store/decide-and-append';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { Rejected } from '@undertone/platform/event-store/rejected';
import { deliverAt, type JobPlace } from '@undertone/platform/jobs/deliver-at';
import { BackgroundJob } from './background-job.entity.js';
import * as cancelling from './cancel-job.js';
import { hindranceOf, originalRequest, requestAgain } from './request-again.js';
import * as retrying from './retry-job.js';
import { notRetryable, retryIdOf, settlementEnvelope } from './settle-failed-job.js';

const JOBS = streams.JOBS.name;

/** What was decided, and by which job of an operator's that decides about many. */
export interface DecidedBy<T> {
  readonly answer: T;
  /** Absent: it was decided by itself. */
  readonly by: string | undefined;
}

/** Cancels jobs and asks for their work again. The log alone decides, so it is so while Postgres and Redis are away. */
@Injectable()
export class JobDecisions {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(EventStore) private readonly store: EventStore,
  ) {}

  async cancel(jobId: string, command: cancelling.CancelJob, by?: string): Promise<DecidedBy<Task>> {
    const place = await this.placeOf(jobId);
    if (!place) {
      const status = await this.forgottenStatus(jobId, command.of);
      throw new Rejected('TASK_ENDED', `the task has ended already, with ${status}`);
    }
    const { aggregate, queue, lane } = place;
    const envelope = cancelling.cancelEnvelope(jobId, new Date(), by);
    const decision = { aggregate, command, envelope };
    const { state, event } = await decideAndAppend(this.store, cancelling.cancelJob, decision);
    // What was decided before is not decided again, whoever says it.
    const { task } = cancelling.jobOf(command.of, state.job);
    // Its worker does now what follows from it, and not when the wait would have been over.
    if (event && state.wasWaiting)
      await deliverAt(this.store, { queue, lane, jobId, sequence: event.sequence }, new Date(), 'scheduler');
    return { answer: task, by: state.by };
  }

  /** The decision first, then the request: what a crash leaves between the two, the projection of jobs completes. */
  async retry(jobId: string, { of }: Pick<retrying.RetryJob, 'of'>, by?: string): Promise<DecidedBy<Retry>> {
    const place = await this.placeOf(jobId);
    const request = place && (await originalRequest(this.store, place.aggregate));
    if (!place || !request) {
      await this.forgottenStatus(jobId, of);
      throw notRetryable('it is longer ago than the log keeps what it was asked with');
    }
    const { aggregate } = place;
    const envelope = settlementEnvelope({ jobId, decision: 'retry', at: new Date(), by });
    const command = { of, hindrance: hindranceOf(request) };
    const { state } = await decideAndAppend(this.store, retrying.retryJob, { aggregate, command, envelope });
    cancelling.jobOf(of, state.job);
    await requestAgain(this.store, request);
    return { answer: { task_id: retryIdOf(jobId), retry_of: jobId }, by: state.by };
  }

  private async placeOf(
    jobId: string,
  ): Promise<(Omit<JobPlace, 'sequence'> & { aggregate: Aggregate }) | undefined> {
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
