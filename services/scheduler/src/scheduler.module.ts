import { Module } from '@nestjs/common';
import { erasureController } from '@undertone/platform/nest/erasure.controller';
import { exportController } from '@undertone/platform/nest/export.controller';
import { decideManyControllers } from './decisions/decide-many.job.js';
import { ErasePersonCommands } from './erasure/erase-person.commands.js';
import { BackgroundJobsProjection } from './jobs/background-jobs.projection.js';
import { CancelledRuns } from './jobs/cancelled-runs.js';
import { DeadLetterDecisions } from './jobs/dead-letter-decisions.js';
import { DeadLetterCommands } from './jobs/dead-letters.commands.js';
import { DeadLettersProjection } from './jobs/dead-letters.projection.js';
import { DeadLetterQueries } from './jobs/dead-letters.queries.js';
import { FoundJobQueries } from './jobs/found-jobs.queries.js';
import { JobDecisions } from './jobs/job-decisions.js';
import { JobCommands } from './jobs/jobs.commands.js';
import { JobQueries } from './jobs/jobs.queries.js';
import { OverdueJobs } from './jobs/overdue-jobs.js';
import { TimelineQueries } from './jobs/timeline.queries.js';
import { exportParts } from './personal-export/export-parts.js';
import { LaneStates } from './queues/lane-states.js';
import { QueueCommands } from './queues/queues.commands.js';
import { BackfillScheduleJob } from './runs/backfill-schedule.job.js';
import { FollowTimeZonesJob } from './runs/follow-time-zones.job.js';
import { GenerateForEveryoneJob } from './runs/generate-for-everyone.job.js';
import { IngestAllUsersJob } from './runs/ingest-all-users.job.js';
import { RefreshExpiringTokensJob } from './runs/refresh-expiring-tokens.job.js';
import { BackfillQueries } from './schedules/backfill.queries.js';
import { DeclareSchedules } from './schedules/declare-schedules.js';
import { MissedFirings } from './schedules/missed-firings.js';
import { OnScheduleFired } from './schedules/on-schedule-fired.js';
import { ScheduleLog } from './schedules/schedule-log.js';
import { ScheduleCommands } from './schedules/schedules.commands.js';
import { CleanupOldJobsJob } from './upkeep/cleanup-old-jobs.job.js';
import { JobTotalsProjection } from './upkeep/job-totals.projection.js';
import { JobTotalQueries } from './upkeep/job-totals.queries.js';
import { MonitorFailedJobsJob } from './upkeep/monitor-failed-jobs.job.js';
import { SendWebhookJob } from './webhooks/send-webhook.job.js';

@Module({
  providers: [
    ScheduleLog,
    DeclareSchedules,
    MissedFirings,
    OverdueJobs,
    CancelledRuns,
    JobDecisions,
    DeadLetterDecisions,
    LaneStates,
    exportParts,
  ],
  controllers: [
    BackgroundJobsProjection,
    DeadLettersProjection,
    JobQueries,
    FoundJobQueries,
    TimelineQueries,
    JobCommands,
    QueueCommands,
    DeadLetterQueries,
    DeadLetterCommands,
    OnScheduleFired,
    ScheduleCommands,
    FollowTimeZonesJob,
    BackfillScheduleJob,
    BackfillQueries,
    IngestAllUsersJob,
    GenerateForEveryoneJob,
    RefreshExpiringTokensJob,
    MonitorFailedJobsJob,
    CleanupOldJobsJob,
    ...decideManyControllers,
    JobTotalsProjection,
    JobTotalQueries,
    SendWebhookJob,
    ErasePersonCommands,
    erasureController('scheduler'),
    exportController('scheduler'),
  ],
})
export class SchedulerModule {}
