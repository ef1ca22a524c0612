import type { DatabaseDefinition } from '@undertone/platform/database/open-database';
import { ProjectionCheckpoint } from '@undertone/platform/projections/projection-checkpoint.entity';
import { Migration001Jobs } from './migrations/001-jobs.js';
import { Migration002SettledJobs } from './migrations/002-settled-jobs.js';
import { Migration003CheckpointLogs } from './migrations/003-checkpoint-logs.js';
import { Migration004BuiltFrom } from './migrations/004-built-from.js';
import { Migration005WaitingJobs } from './migrations/005-waiting-jobs.js';
import { Migration006FoundJobs } from './migrations/006-found-jobs.js';
import { Migration007Retries } from './migrations/007-retries.js';
import { Migration008EndedJobs } from './migrations/008-ended-jobs.js';
import { Migration009JobTotals } from './migrations/009-job-totals.js';
import { Migration010DecidedJobs } from './migrations/010-decided-jobs.js';
import { BackgroundJob } from './src/jobs/background-job.entity.js';
import { DeadLetter } from './src/jobs/dead-letter.entity.js';
import { DecidedJob } from './src/jobs/decided-job.entity.js';
import { JobTotal } from './src/jobs/job-total.entity.js';
import { SettledJob } from './src/jobs/settled-job.entity.js';

export const database: DatabaseDefinition = {
  schema: 'scheduler',
  entities: [BackgroundJob, DeadLetter, SettledJob, DecidedJob, JobTotal, ProjectionCheckpoint],
  migrations: [
    { name: '001-jobs', class: Migration001Jobs },
    { name: '002-settled-jobs', class: Migration002SettledJobs },
    { name: '003-checkpoint-logs', class: Migration003CheckpointLogs },
    { name: '004-built-from', class: Migration004BuiltFrom },
    { name: '005-waiting-jobs', class: Migration005WaitingJobs },
    { name: '006-found-jobs', class: Migration006FoundJobs },
    { name: '007-retries', class: Migration007Retries },
    { name: '008-ended-jobs', class: Migration008EndedJobs },
    { name: '009-job-totals', class: Migration009JobTotals },
    { name: '010-decided-jobs', class: Migration010DecidedJobs },
  ],
};
