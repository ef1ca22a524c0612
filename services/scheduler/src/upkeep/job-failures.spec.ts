import { specify } from '@undertone/platform/test-kit/decider-spec';
import { describe, expect, it } from 'vitest';
import { type JudgeFailures, jobFailures, judgementEnvelope } from './job-failures.js';

const { given } = specify(jobFailures);
const counts = (failed: number, ended: number) => ({ ended, failed, rate: ended === 0 ? 0 : failed / ended });
const [from, until] = [new Date('2026-11-30T13:00:00Z'), new Date('2026-11-30T14:00:00Z')];
const judge = (now: ReturnType<typeof counts>, before = counts(0, 0)): JudgeFailures => ({
  ...{ jobType: 'refresh-token', from, until, now, before },
  ...{ threshold: 0.25, least: 10 },
});
const window = {
  ...{ job_type: 'refresh-token', from: from.toISOString(), until: until.toISOString() },
  threshold: 0.25,
};
const rising = (now = counts(10, 20), before = counts(0, 0)) =>
  ({ type: 'job-failures-rising', data: { ...window, ...now, before } }) as const;
const fallen = (now = counts(1, 20)) =>
  ({ type: 'job-failures-fallen', data: { ...window, ...now } }) as const;

describe('failures of a type', () => {
  it('rise at the threshold, of enough jobs', () => {
    given([])
      .when(judge(counts(5, 20)))
      .then([rising(counts(5, 20))]);
    given([])
      .when(judge(counts(4, 20)))
      .thenNothing();
    given([])
      .when(judge(counts(9, 9)))
      .thenNothing();
    given([])
      .when(judge(counts(10, 10)))
      .then([rising(counts(10, 10))]);
  });

  it('rise where they are well above the window before', () => {
    given([])
      .when(judge(counts(10, 20), counts(10, 20)))
      .thenNothing();
    given([])
      .when(judge(counts(14, 20), counts(10, 20)))
      .thenNothing();
    given([])
      .when(judge(counts(15, 20), counts(10, 20)))
      .then([rising(counts(15, 20), counts(10, 20))]);
  });

  it('are told once, until they fall', () => {
    given([rising()])
      .when(judge(counts(20, 20)))
      .thenNothing();
    given([rising()])
      .when(judge(counts(0, 0)))
      .thenNothing();
    given([rising()])
      .when(judge(counts(1, 20)))
      .then([fallen()]);
    given([rising(), fallen()])
      .when(judge(counts(1, 20)))
      .thenNothing();
    given([rising(), fallen()])
      .when(judge(counts(10, 20)))
      .then([rising()]);
  });

  it('have one id a run and type', () => {
    const envelope = judgementEnvelope('run', judge(counts(5, 20)));
    expect(judgementEnvelope('run', judge(counts(9, 20)))).toEqual(envelope);
    expect(judgementEnvelope('other', judge(counts(5, 20))).id).not.toBe(envelope.id);
  });
});
