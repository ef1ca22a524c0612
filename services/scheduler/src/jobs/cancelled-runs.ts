import { MikroORM } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import { scheduledJobs } from '@undertone/contracts/jobs/for-everyone';
import { jobAggregate } from '@undertone/contracts/subjects';
import { decideAndAppend } from '@undertone/platform/event-store/decide-and-append';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { Rejected } from '@undertone/platform/event-store/rejected';
import type { Logger } from '@undertone/platform/logging/logger';
import { Repeated } from '@undertone/platform/nest/repeated';
import { LOGGER } from '@undertone/platform/nest/tokens';
import { cancelEnvelope, cancelJob } from './cancel-job.js';

const PAUSE_MS = 3_000;
const PAGE = 200;
const runs = Object.keys(scheduledJobs);

/** Runs for everyone that were cancelled, as long as the log has them, and what they asked for that has not ended. */
const children = `
  select child.id, child.queue, child.lane from background_job run join background_job child on child.cause_id = run.id
   where run.status = 'REVOKED' and run.created_at > now() - interval '30 days'
     and run.job_type in (${runs.map(() => '?').join(', ')}) and child.retry_of is null
     and child.status in ('PENDING', 'STARTED', 'PROGRESS', 'RETRY') and child.queue is not null
   limit ${PAGE}`;

/**
 * Cancels what a cancelled run had asked for, also what it asked for while it was being cancelled. Any replica does it: a job is
 * cancelled once.
 */
@Injectable()
export class CancelledRuns extends Repeated {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(LOGGER) log: Logger,
  ) {
    super(log, 'what cancelled runs had asked for could not be looked for', PAUSE_MS);
  }

  protected override async once(): Promise<number> {
    const found = await this.orm.em
      .fork()
      .execute<{ id: string; queue: string; lane: string }[]>(children, runs);
    for (const { id, queue, lane } of found) {
      if (this.signal.aborted) break;
      await this.cancel(id, queue, lane);
    }
    return PAUSE_MS / (found.length < PAGE ? 1 : 10);
  }

  private async cancel(id: string, queue: string, lane: string): Promise<void> {
    const command = { of: 'anybody', reason: 'the run that asked for it was cancelled' } as const;
    const envelope = cancelEnvelope(id, new Date());
    try {
      const aggregate = jobAggregate(queue, lane, id);
      await decideAndAppend(this.store, cancelJob, { aggregate, command, envelope });
    } catch (error) {
      // It ended meanwhile.
      if (!(error instanceof Rejected)) throw error;
    }
  }
}
