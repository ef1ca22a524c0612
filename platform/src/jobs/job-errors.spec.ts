import { jobProblem } from '@undertone/contracts/jobs/job';
import { expect, it } from 'vitest';
import { PermanentJobError, problemOf } from './job-errors.js';

it('tells of an error in words that the log takes', () => {
  const problem = problemOf(new PermanentJobError('PROVIDER_REFUSED', 'it said "a\0b"'));
  expect(problem).toEqual({ code: 'PROVIDER_REFUSED', message: 'it said "ab"' });
  expect(jobProblem.safeParse(problem).success).toBe(true);
});
