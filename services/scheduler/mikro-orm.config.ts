import type { DatabaseDefinition } from '@undertone/platform/database/open-database';
import { ProjectionCheckpoint } from '@undertone/platform/projections/projection-checkpoint.entity';
import { Migration001Jobs } from './migrations/001-jobs.js';
import { BackgroundJob } from './src/jobs/background-job.entity.js';
import { DeadLetter } from './src/jobs/dead-letter.entity.js';

export const database: DatabaseDefinition = {
  schema: 'scheduler',
  entities: [BackgroundJob, DeadLetter, ProjectionCheckpoint],
  migrations: [{ name: '001-jobs', class: Migration001Jobs }],
};
