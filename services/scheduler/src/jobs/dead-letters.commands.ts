import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { consumers } from '@undertone/contracts/consumers';
import {
  discardDeadLetter,
  retryDeadLetter,
  type DeadLetter as ShownDeadLetter,
} from '@undertone/contracts/jobs/dead-letter';
import type { Lane, QueueName } from '@undertone/contracts/jobs/queues';
import { type Aggregate, jobAggregate } from '@undertone/contracts/subjects';
import { decideAndAppend } from '@undertone/platform/event-store/decide-and-append';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { findDeadLetter } from './dead-letters.queries.js';
import { originalRequest, requestAgain } from './request-again.js';
import { retryIdOf, type SettleFailedJob, settleFailedJob, settlementEnvelope } from './settle-failed-job.js';

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
    await this.settle(aggregate, { jobId, decision: 'retry' });
    await requestAgain(this.store, request);
    return { task_id: retryIdOf(jobId) };
  }

  @Answers(discardDeadLetter)
  async discard(@Payload(asked(discardDeadLetter)) { id }: { id: string }): Promise<ShownDeadLetter> {
    const letter = await findDeadLetter(this.orm, id);
    const { aggregate, jobId } = jobOf(letter);
    await this.settle(aggregate, { jobId, decision: 'discard' });
    return { ...letter, status: 'discarded' };
  }

  // Whoever is answered sees it in the lists.
  private async settle(aggregate: Aggregate, decision: Omit<SettleFailedJob, 'at'>): Promise<void> {
    const command = { ...decision, at: new Date() };
    const envelope = settlementEnvelope(command);
    const { sequence } = await decideAndAppend(this.store, settleFailedJob, { aggregate, command, envelope });
    const { signal } = new AbortController();
    await this.progress.reached(consumers.backgroundJobs, sequence, signal, APPLIED_MS);
  }
}

function jobOf({ task_id: jobId, queue, lane }: ShownDeadLetter): { aggregate: Aggregate; jobId: string } {
  if (!jobId || !queue || !lane) throw expired();
  return { aggregate: jobAggregate(queue as QueueName, lane as Lane, jobId), jobId };
}

const expired = () =>
  new Refused('DEAD_LETTER_EXPIRED', 'the log has forgotten the message: it keeps jobs for 30 days');
