import { Controller, Inject } from '@nestjs/common';
import { consumers } from '@undertone/contracts/consumers';
import { nobody } from '@undertone/contracts/id';
import { scheduledJobs } from '@undertone/contracts/jobs/for-everyone';
import type { PersonalRun } from '@undertone/contracts/jobs/scheduled-run';
import { type ScheduleName, scheduleName } from '@undertone/contracts/schedules/schedule';
import { ScheduleDefined } from '@undertone/contracts/schedules/schedule-defined';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { requestDerivedJob } from '@undertone/platform/jobs/request-job';
import type { Logger } from '@undertone/platform/logging/logger';
import { type ProjectionBatch, Projects } from '@undertone/platform/nest/jetstream-handlers';
import { LOGGER } from '@undertone/platform/nest/tokens';
import { isPersonal, periodOf, withoutOwn } from './own-zones.js';
import { ScheduleLog } from './schedule-log.js';
import { runOf } from './schedules.js';

/**
 * Requests one run for each firing. The run's id follows from the schedule and the planned time, so a firing that is
 * delivered twice, or comes twice, is one run. The stream keeps each schedule's last firing alone: after days in which
 * nobody took any, there is one run to make up for, not one a day.
 */
@Controller()
export class OnScheduleFired {
  constructor(
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(ScheduleLog) private readonly scheduleLog: ScheduleLog,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  @Projects(consumers.scheduleFirings, { repeatable: true })
  async apply({ events }: ProjectionBatch): Promise<undefined> {
    for (const event of events) {
      const definition = ScheduleDefined.read(event);
      const name = scheduleName.safeParse(definition?.name);
      if (!definition || !name.success) {
        this.log.warn({ sequence: event.sequence }, 'a firing of no schedule that this release knows');
        continue;
      }
      const { jobId, plannedFor } = runOf(definition, new Date(event.time));
      await requestDerivedJob<PersonalRun>(this.store, scheduledJobs[name.data], {
        jobId,
        payload: {
          user_id: nobody,
          planned_for: plannedFor.toISOString(),
          ...(await this.whose(name.data, plannedFor, definition.time_zone)),
        },
        lane: 'bulk',
        source: 'scheduler',
        causationId: event.id,
      });
      this.log.info({ schedule: name.data, job_id: jobId, planned_for: plannedFor }, 'schedule fired');
    }
    return undefined;
  }

  /** Where people's own zones are followed, they have runs of their own. */
  private async whose(
    name: ScheduleName,
    plannedFor: Date,
    timeZone: string,
  ): Promise<Pick<PersonalRun, 'of' | 'period'>> {
    if (!isPersonal(name)) return {};
    const period = periodOf(name, plannedFor, timeZone);
    const followed = await this.scheduleLog.definition('follow-time-zones' satisfies ScheduleName);
    return { period, ...(followed && { of: withoutOwn(name) }) };
  }
}
