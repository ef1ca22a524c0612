import { consumers } from '@undertone/contracts/consumers';
import { type RebuildDefinition, runRebuild } from '@undertone/platform/projections/rebuild-command';
import { database } from '../mikro-orm.config.js';
import { BackgroundJob } from './jobs/background-job.entity.js';
import { DeadLetter } from './jobs/dead-letter.entity.js';
import { DecidedJob } from './jobs/decided-job.entity.js';
import { JobTotal } from './jobs/job-total.entity.js';
import { SettledJob } from './jobs/settled-job.entity.js';

/** JOBS and ADVISORIES keep 30 days: what is older is not built again; the totals of all days are. */
export const rebuildable: RebuildDefinition = {
  service: 'scheduler',
  database,
  projections: {
    'background-jobs': {
      consumer: consumers.backgroundJobs,
      tables: [BackgroundJob, SettledJob, DecidedJob],
    },
    'job-totals': { consumer: consumers.jobTotals, tables: [JobTotal] },
    'dead-letters': { consumer: consumers.deadLetters, tables: [DeadLetter] },
  },
};

if (import.meta.main) await runRebuild(rebuildable);
