import { Module } from '@nestjs/common';
import { BackgroundJobsProjection } from './jobs/background-jobs.projection.js';
import { DeadLettersProjection } from './jobs/dead-letters.projection.js';
import { JobQueries } from './jobs/jobs.queries.js';

@Module({ controllers: [BackgroundJobsProjection, DeadLettersProjection, JobQueries] })
export class SchedulerModule {}
