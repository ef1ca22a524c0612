import { MikroORM } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import { workerConsumers } from '@undertone/contracts/consumers';
import type { RecordedEvent } from '@undertone/contracts/event';
import { JobRetrying } from '@undertone/contracts/jobs/job';
import { anyJobFilter, parseJobSubject } from '@undertone/contracts/subjects';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { deliverAt, type JobPlace } from '@undertone/platform/jobs/deliver-at';
import type { Logger } from '@undertone/platform/logging/logger';
import { Repeated } from '@undertone/platform/nest/repeated';
import { LOGGER } from '@undertone/platform/nest/tokens';
import { BackgroundJob } from './background-job.entity.js';

const PAUSE_MS = 10 * 60_000;
/** Longer than it takes a worker to get what is due, where its lane is empty. */
const GRACE_MS = 15 * 60_000;
const PAGE = 200;

/**
 * Has jobs delivered again that waited, were due, and reached no worker: a lane's consumer did not take what was due, because an
 * older release had configured it. Any replica does it; a job that is called due twice is taken once.
 */
@Injectable()
export class OverdueJobs extends Repeated {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(LOGGER) log: Logger,
  ) {
    super(log, 'overdue jobs could not be looked for', PAUSE_MS);
  }

  protected override async once(): Promise<number> {
    await this.look(new Date());
    return PAUSE_MS;
  }

  /** @param now by whose clock jobs are overdue. @returns how many were. */
  async look(now: Date): Promise<number> {
    const before = new Date(now.getTime() - GRACE_MS);
    let found = 0;
    for (let after = ''; !this.signal.aborted; ) {
      const rows = await this.orm.em
        .fork()
        .find(
          BackgroundJob,
          { status: 'RETRY', updatedAt: { $lt: before }, ...(after && { id: { $gt: after } }) },
          { orderBy: { id: 'asc' }, limit: PAGE, fields: ['id'] },
        );
      for (const { id } of rows) {
        after = id;
        const last = await this.store.last('JOBS', anyJobFilter(id));
        if (!last || !isOverdue(last, before)) continue;
        const place = { ...parseJobSubject(last.subject), sequence: last.sequence };
        // Behind others in its lane it is late, and not lost.
        if (!(await this.isLaneEmpty(place))) continue;
        await deliverAt(this.store, place, new Date(), 'scheduler');
        this.log.warn({ job_id: id }, 'a job that was due reached no worker, and is delivered again');
        found += 1;
      }
      if (rows.length < PAGE) break;
    }
    return found;
  }

  private async isLaneEmpty({ queue, lane }: JobPlace): Promise<boolean> {
    const consumer = workerConsumers.find((one) => one.queue === queue && one.lane === lane);
    if (!consumer) return false;
    const { num_pending } = await this.store.manager.consumers.info(consumer.stream, consumer.name);
    return num_pending === 0;
  }
}

/** Whether what the job waits for was before a moment. */
function isOverdue(last: RecordedEvent, before: Date): boolean {
  const retrying = JobRetrying.read(last);
  if (!retrying) return false;
  const { resume_at: resumeAt, delay_ms: delayMs } = retrying;
  const due = resumeAt === undefined ? Date.parse(last.time) + delayMs : Date.parse(resumeAt);
  return due < before.getTime();
}
