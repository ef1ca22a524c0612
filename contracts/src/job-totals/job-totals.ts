import { z } from 'zod';
import { currentJobType } from '../earlier-job-names.js';
import { cursor, limit, pageSchema } from '../paging.js';
import { defineRpc } from '../rpc.js';
import { foreignId } from '../text.js';
import { countedJobs } from './jobs-counted.js';

export const jobTotal = countedJobs
  .extend({ day: z.iso.date().meta({ description: 'In UTC.' }) })
  .meta({ id: 'JobTotal' });
export type JobTotal = z.output<typeof jobTotal>;

/** Postgres knows no year 0. */
const day = z.iso.date().refine((value) => value >= '0001', 'must not lie before the year 1');

export const jobTotalsQuery = z
  .strictObject({
    from: day.optional().meta({ description: 'Of this day or later.' }),
    until: day.optional().meta({ description: 'Of days before this one.' }),
    type: foreignId
      .regex(/^[a-z0-9_-]+$/, 'must be the name of a job type: lower case letters, digits and hyphens')
      .transform(currentJobType)
      .optional()
      .meta({ description: 'The `job_type`.', example: 'ingest-listening-data' }),
    limit,
    cursor,
  })
  .refine(({ from, until }) => from === undefined || until === undefined || from <= until, {
    path: ['until'],
    error: 'is before `from`',
  });
export type JobTotalsQuery = z.output<typeof jobTotalsQuery>;

export const listJobTotals = defineRpc({
  service: 'scheduler',
  question: 'list-job-totals',
  access: 'admin',
  input: jobTotalsQuery,
  output: pageSchema(jobTotal),
});
