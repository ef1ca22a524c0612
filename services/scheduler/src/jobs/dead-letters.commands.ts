import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { consumers } from '@undertone/contracts/consumers';
import {
  discardDeadLetter,
  retryDeadLetter,
  type DeadLetter as ShownDeadLetter,
} from '@undertone/contracts/jobs/dead-letter';
import { type Aggregate, jobAggregate, type Lane, type QueueName } from '@undertone/contracts/subjects';
import { decideAndAppend } from '@undertone/platform/event-store/decide-and-append';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { findDeadLetter } from './dead-letters.queries.js';
import { originalRequest, requestAgain } from './request-again.js';
import { retryIdOf, settleFailedJob } from './settle-failed-job.js';

const APPLIED_MS = 3_000;

/** An operator's decisions on dead letters: events of the job that failed by them. */
@Controller()
export class DeadLetterCommands {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(ProjectionProgress) private readonly progress: ProjectionProgress,
  ) {}

  /**
   * The decision first, then the request: what a crash leaves between the two, the projection of jobs completes.
   */
  @Answers(retryDeadLetter)
  async retry(@Payload(asked(retryDeadLetter)) { id }: { id: string }): Promise<{ task_id: string }> {
    const { aggregate, jobId } = jobOf(await findDeadLetter(this.orm, id));
    const request = await originalRequest(this.store, aggregate);
    if (!request) throw expired();
    await this.settle(aggregate, 'retry');
    await requestAgain(this.store, request);
    await this.applied(aggregate);
    return { task_id: retryIdOf(jobId) };
  }

  @Answers(discardDeadLetter)
  async discard(@Payload(asked(discardDeadLetter)) { id }: { id: string }): Promise<ShownDeadLetter> {
    const letter = await findDeadLetter(this.orm, id);
    const { aggregate } = jobOf(letter);
    await this.settle(aggregate, 'discard');
    await this.applied(aggregate);
    return { ...letter, status: 'discarded' };
  }

  // Whoever is answered sees it in the lists. Where nothing was appended, what was decided before is there.
  private async applied({ stream, filter }: Aggregate): Promise<void> {
    const last = await this.store.last(stream, filter);
    const { signal } = new AbortController();
    await this.progress.reached(consumers.backgroundJobs, last?.sequence ?? 0, signal, APPLIED_MS);
  }

  private async settle(aggregate: Aggregate, decision: 'retry' | 'discard'): Promise<void> {
    const unknown = { job: undefined, settled: undefined };
    await decideAndAppend(this.store, aggregate, settleFailedJob, { decision, at: new Date() }, async () => ({
      state: unknown,
      sequence: 0,
    }));
  }
}

function jobOf({ task_id: jobId, queue, lane }: ShownDeadLetter): { aggregate: Aggregate; jobId: string } {
  if (!jobId || !queue || !lane) throw expired();
  return { aggregate: jobAggregate(queue as QueueName, lane as Lane, jobId), jobId };
}

const expired = () =>
  new Refused('DEAD_LETTER_EXPIRED', 'the log has forgotten the message: it keeps jobs for 30 days');
