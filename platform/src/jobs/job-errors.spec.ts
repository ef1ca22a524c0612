import { jobProblem } from '@undertone/contracts/jobs/job';
import { expect, it } from 'vitest';
import { PermanentJobError, PostponedJobError, problemOf } from './job-errors.js';

it('tells of an error in words that the log takes', () => {
  const problem = problemOf(new PermanentJobError('PROVIDER_REFUSED', 'it said "a\0b"'));
  expect(problem).toEqual({ code: 'PROVIDER_REFUSED', message: 'it said "ab"' });
  expect(jobProblem.safeParse(problem).success).toBe(true);
});

it('tells nothing of an error that nobody declared, which may hold a secret', () => {
  const problem = problemOf(new Error('password of postgres://undertone:hunter2@db is wrong'));
  expect(problem.code).toBe('INTERNAL');
  expect(problem.message).not.toMatch(/hunter2|password/);
  expect(jobProblem.safeParse(problem).success).toBe(true);
});

it('tells when a job that was put back goes on', () => {
  const error = new PostponedJobError(
    'CALL_BUDGET_SPENT',
    'the calls are spent',
    new Date('2026-11-23T10:00:00Z'),
  );
  expect(problemOf(error)).toEqual({
    code: 'CALL_BUDGET_SPENT',
    message: 'the calls are spent; it goes on at 2026-11-23T10:00:00.000Z',
  });
});
