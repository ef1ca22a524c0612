import { Module } from '@nestjs/common';
import { BackgroundJobsProjection } from './jobs/background-jobs.projection.js';
import { DeadLetterCommands } from './jobs/dead-letters.commands.js';
import { DeadLettersProjection } from './jobs/dead-letters.projection.js';
import { DeadLetterQueries } from './jobs/dead-letters.queries.js';
import { JobQueries } from './jobs/jobs.queries.js';

@Module({
  controllers: [
    BackgroundJobsProjection,
    DeadLettersProjection,
    JobQueries,
    DeadLetterQueries,
    DeadLetterCommands,
  ],
})
export class SchedulerModule {}
