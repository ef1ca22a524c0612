import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { nobody } from '@undertone/contracts/id';
import { backfillSchedule, MOST_RUNS } from '@undertone/contracts/jobs/backfill';
import { scheduledJobs } from '@undertone/contracts/jobs/for-everyone';
import type { PersonalRun } from '@undertone/contracts/jobs/scheduled-run';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { PostponedJobError } from '@undertone/platform/jobs/job-errors';
import type { JobContext } from '@undertone/platform/jobs/job-handler';
import { requestDerivedJob } from '@undertone/platform/jobs/request-job';
import { HandlesJob } from '@undertone/platform/nest/jetstream-handlers';
import type { z } from 'zod';
import { dueRuns } from '../schedules/backfill.js';
import { isPersonal, periodOf } from '../schedules/own-zones.js';

/** Between one run's end and the next one, and between looks whether it has come. */
const PAUSE_MS = 10_000;

type Payload = z.output<typeof backfillSchedule.payload>;

/**
 * Requests one run after another, and waits meanwhile as a job that is put back: it takes no slot from the run that it waits for, and where it
 * is follows from the runs that there are.
 */
@Controller()
export class BackfillScheduleJob {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(EventStore) private readonly store: EventStore,
  ) {}

  @HandlesJob(backfillSchedule)
  async run(job: JobContext<Payload>): Promise<z.output<typeof backfillSchedule.result>> {
    const { name, time_zone } = job.payload;
    const runs = await dueRuns(this.orm.em.fork(), job.payload, MOST_RUNS);
    const missing = runs.filter(({ run }) => !run);
    const [next] = missing;
    const own = runs.filter(({ run }) => run?.causeId === job.jobId);
    job.progress({
      percent: Math.floor((100 * (runs.length - missing.length)) / Math.max(runs.length, 1)),
      message: `${own.length} runs requested, ${missing.length} to come`,
    });
    if (own.every(({ run }) => run?.isOver)) {
      if (!next) return { due: runs.length, had_run: runs.length - own.length, requested: own.length };
      const planned_for = next.due.toISOString();
      await requestDerivedJob<PersonalRun>(this.store, scheduledJobs[name], {
        jobId: next.jobId,
        payload: {
          user_id: nobody,
          planned_for,
          ...(isPersonal(name) && { period: periodOf(name, next.due, time_zone) }),
        },
        lane: 'bulk',
        source: 'scheduler',
        causationId: job.jobId,
      });
    }
    const resumeAt = new Date(Date.now() + PAUSE_MS);
    throw new PostponedJobError('BACKFILL_UNDER_WAY', 'the run before has to end first', resumeAt);
  }
}
