import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { nobody } from '@undertone/contracts/id';
import { listCalendars } from '@undertone/contracts/identity/rpc';
import { followTimeZones, scheduledJobs } from '@undertone/contracts/jobs/for-everyone';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { derivedId } from '@undertone/platform/ids/ids';
import type { JobContext } from '@undertone/platform/jobs/job-handler';
import { requestDerivedJob } from '@undertone/platform/jobs/request-job';
import { HandlesJob } from '@undertone/platform/nest/jetstream-handlers';
import { RpcClient } from '@undertone/platform/rpc/rpc-client';
import { BackgroundJob } from '../jobs/background-job.entity.js';
import { calendarsFor, ownDue, personalSchedules } from '../schedules/own-zones.js';
import { ScheduleLog } from '../schedules/schedule-log.js';

const HOUR_MS = 3_600_000;
/** What the first run of all makes up for, and the most that one does after an outage. */
const FIRST_MS = HOUR_MS / 4;
const MOST_MS = 7 * 24 * HOUR_MS;

/**
 * Requests a run for those in whose own time zone, or week, a schedule was due since the look before. Its id follows from them and from the day
 * by their clock, so that looks which overlap, and an hour that comes twice, are one run.
 */
@Controller()
export class FollowTimeZonesJob {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(RpcClient) private readonly rpc: RpcClient,
    @Inject(ScheduleLog) private readonly scheduleLog: ScheduleLog,
  ) {}

  @HandlesJob(followTimeZones)
  async run(job: JobContext): Promise<{ runs: number }> {
    const until = job.requestedAt;
    const since = await this.lookedUntil(until);
    const { calendars } = await this.rpc.ask(listCalendars, {});
    let runs = 0;
    for (const name of personalSchedules) {
      const defined = await this.scheduleLog.definition(name);
      if (!defined || defined.definition.paused) continue;
      // What was due before the schedule was as it is, or while it was paused, is not made up for.
      const after = new Date(Math.max(since.getTime(), defined.at.getTime()));
      for (const of of calendarsFor(name, calendars)) {
        job.signal.throwIfAborted();
        const due = ownDue(name, defined.definition, of, { after, until });
        if (!due) continue;
        const { plannedFor, period } = due;
        const whose = [of.time_zone ?? '', of.first_day_of_week ?? ''];
        await requestDerivedJob(this.store, scheduledJobs[name], {
          jobId: derivedId('schedule', name, ...whose, period),
          payload: { user_id: nobody, planned_for: plannedFor.toISOString(), of, period },
          lane: 'bulk',
          source: 'scheduler',
          causationId: job.jobId,
        });
        runs += 1;
      }
    }
    return { runs };
  }

  /** Up to when the last look reached that came to its end. */
  private async lookedUntil(now: Date): Promise<Date> {
    const last = await this.orm.em
      .fork()
      .findOne(
        BackgroundJob,
        { jobType: followTimeZones.type, status: 'SUCCESS', createdAt: { $lt: now } },
        { orderBy: { createdAt: 'desc', id: 'desc' }, fields: ['createdAt'] },
      );
    const longAgo = now.getTime() - (last ? MOST_MS : FIRST_MS);
    return new Date(Math.max(longAgo, last?.createdAt.getTime() ?? 0));
  }
}
