import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { consumers } from '@undertone/contracts/consumers';
import { JobsCounted } from '@undertone/contracts/job-totals/jobs-counted';
import { cleanupOldJobs } from '@undertone/contracts/jobs/upkeep';
import { jobTotalsAggregate } from '@undertone/contracts/subjects';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { recordOnce } from '@undertone/platform/event-store/record-once';
import { derivedId } from '@undertone/platform/ids/ids';
import type { JobContext } from '@undertone/platform/jobs/job-handler';
import { HandlesJob } from '@undertone/platform/nest/jetstream-handlers';
import { SETTINGS } from '@undertone/platform/nest/tokens';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import type { z } from 'zod';
import { DAY_MS, dayOf, keptSince } from '../jobs/kept-details.js';
import type { SchedulerSettings } from '../settings.js';
import {
  clearDeadLetters,
  clearDecidedJobs,
  clearJobs,
  clearSettledJobs,
  countJobs,
  firstDay,
} from './old-jobs.js';

/**
 * Counts the jobs of each day that is over, in an event that stays for ever, and then clears what is older than is kept. A day is counted
 * once, and before anything of it goes: a run that is done again goes on where it was.
 */
@Controller()
export class CleanupOldJobsJob {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(SETTINGS) private readonly settings: SchedulerSettings,
    @Inject(ProjectionProgress) private readonly projections: ProjectionProgress,
  ) {}

  @HandlesJob(cleanupOldJobs)
  async run(job: JobContext): Promise<z.output<typeof cleanupOldJobs.result>> {
    const days = await this.count(job);
    const em = this.orm.em.fork();
    const since = keptSince(job.requestedAt, this.settings);
    const cleared = { jobs: 0, dead_letters: 0, settled_jobs: 0 };
    for (const [what, clear] of [
      ['dead_letters', () => clearDeadLetters(em, since)],
      ['jobs', () => clearJobs(em, since)],
      ['settled_jobs', () => clearSettledJobs(em)],
    ] as const) {
      for (let batch = 1; batch > 0; cleared[what] += batch) {
        job.signal.throwIfAborted();
        batch = await clear();
        const message = `${days} days counted, ${cleared.jobs + (what === 'jobs' ? batch : 0)} jobs cleared`;
        job.progress({ percent: 50, message });
      }
    }
    while ((await clearDecidedJobs(em)) > 0) job.signal.throwIfAborted();
    return { days, ...cleared };
  }

  /** @returns how many days were counted. */
  private async count(job: JobContext): Promise<number> {
    // Days that are over are counted whole.
    const told = await this.store.last(consumers.backgroundJobs.stream, 'jobs.*.*.*.*');
    await this.projections.reached(consumers.backgroundJobs, told?.sequence ?? 0, job.signal);
    const em = this.orm.em.fork();
    const today = Date.parse(dayOf(job.requestedAt));
    let [counted, reached] = [0, 0];
    for (let at = (await firstDay(em))?.getTime() ?? today; at < today; at += DAY_MS) {
      job.signal.throwIfAborted();
      const day = dayOf(new Date(at));
      const aggregate = jobTotalsAggregate(day);
      const before = await this.store.last(aggregate.stream, aggregate.filter);
      const types = before ? [] : await countJobs(em, new Date(at));
      if (types.length > 0) {
        const { sequence, duplicate } = await recordOnce(
          this.store,
          aggregate,
          {
            definition: JobsCounted,
            id: derivedId('jobs counted', day),
            source: 'scheduler',
            time: job.requestedAt,
            correlationId: job.jobId,
            data: { day, types },
          },
          { upTo: 0 },
        );
        if (!duplicate) counted += 1;
        reached = sequence;
      } else reached = Math.max(reached, before?.sequence ?? 0);
    }
    await this.projections.reached(consumers.jobTotals, reached, job.signal);
    return counted;
  }
}
