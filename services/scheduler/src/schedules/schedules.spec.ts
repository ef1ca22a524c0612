import type { ScheduleDefinition } from '@undertone/contracts/schedules/schedule-defined';
import { loadSettings } from '@undertone/platform/settings/load-settings';
import { describe, expect, it } from 'vitest';
import { lastDue, nextDue } from '../cron.js';
import { schedulerSettings } from '../settings.js';
import { missed } from './missed-firings.js';
import { runOf } from './schedules.js';

const nightly: ScheduleDefinition = {
  name: 'ingest-all-users',
  cron: '0 0 3 * * *',
  time_zone: 'Europe/Berlin',
  paused: false,
};
const at = (text: string) => new Date(text);
const recorded = (when: string, sequence = 1) => ({ definition: nightly, sequence, at: at(when) });

describe('a schedule', () => {
  it('is due once where the clock skips its hour, and once where it comes twice', () => {
    const early = { ...nightly, cron: '0 30 2 * * *' };
    expect(nextDue(early, at('2027-03-27T12:00:00Z'))).toEqual(at('2027-03-28T01:00:00Z'));
    expect(nextDue(early, at('2027-10-30T12:00:00Z'))).toEqual(at('2027-10-31T00:30:00Z'));
    // The server fires again in the second of the two hours.
    expect(runOf(early, at('2027-10-31T01:30:00.002Z')).plannedFor).toEqual(at('2027-10-31T00:30:00Z'));
  });

  it('is due in its own time zone', () => {
    expect(lastDue(nightly, at('2026-11-25T12:00:00Z'))).toEqual(at('2026-11-25T02:00:00Z'));
    expect(lastDue(nightly, at('2026-11-25T02:00:00Z'))).toEqual(at('2026-11-25T02:00:00Z'));
    expect(lastDue(nightly, at('2026-11-25T01:59:59Z'))).toEqual(at('2026-11-24T02:00:00Z'));
    expect(nextDue(nightly, at('2026-07-01T12:00:00Z'))).toEqual(at('2026-07-02T01:00:00Z'));
  });

  it.each([
    ['on time', '2026-11-25T02:00:00.003Z'],
    ['a second time', '2026-11-25T02:00:04Z'],
    ['hours late', '2026-11-25T19:30:00Z'],
  ])('that fires %s has the run of the time that was planned', (_when, fired) => {
    const run = runOf(nightly, at(fired));
    expect(run.plannedFor).toEqual(at('2026-11-25T02:00:00Z'));
    expect(run.jobId).toBe(runOf(nightly, at('2026-11-25T02:00:00Z')).jobId);
    expect(run.jobId).not.toBe(runOf(nightly, at('2026-11-24T02:00:00Z')).jobId);
    expect(run.jobId).not.toBe(runOf({ ...nightly, name: 'generate-weekly-summaries' }, at(fired)).jobId);
  });
});

describe('a firing is missed', () => {
  const defined = recorded('2026-11-20T10:00:00Z');
  const now = at('2026-11-25T08:00:00Z');

  it('once, however many nights nobody fired', () => {
    expect(missed(defined, recorded('2026-11-21T02:00:00Z'), now)).toEqual(at('2026-11-25T02:00:00Z'));
    expect(missed(defined, undefined, now)).toEqual(at('2026-11-25T02:00:00Z'));
  });

  it('not when it came', () => {
    expect(missed(defined, recorded('2026-11-25T02:00:00.004Z'), now)).toBeUndefined();
  });

  it('not in the seconds that the server has for it', () => {
    const last = recorded('2026-11-24T02:00:00Z');
    expect(missed(defined, last, at('2026-11-25T02:00:04Z'))).toBeUndefined();
    expect(missed(defined, last, at('2026-11-25T02:00:06Z'))).toBeDefined();
  });

  it('not before the schedule was defined, or resumed', () => {
    const resumed = recorded('2026-11-25T07:00:00Z');
    expect(missed(resumed, undefined, now)).toBeUndefined();
    // It fired before it was paused; the nights since are nobody's fault.
    expect(missed(resumed, recorded('2026-11-21T02:00:00Z'), now)).toBeUndefined();
    expect(missed(resumed, recorded('2026-11-21T02:00:00Z'), at('2026-11-26T08:00:00Z'))).toEqual(
      at('2026-11-26T02:00:00Z'),
    );
  });
});

describe('the settings', () => {
  const servers = {
    NATS_URL: 'nats://127.0.0.1',
    REDIS_URL: 'redis://127.0.0.1',
    DATABASE_URL: 'postgres://127.0.0.1/undertone',
  };
  const load = (changed: Record<string, string>) =>
    loadSettings('scheduler', schedulerSettings, { ...servers, ...changed });

  it.each(['0 0 3 * * *', '*/5 * * * * *', '0 30 6 * * MON-FRI', '0 0 6 1 * ?', '0 0 6 */2 * TUE', 'off'])(
    'take %s',
    (cron) => {
      expect(load({ INGEST_SCHEDULE: cron }).INGEST_SCHEDULE).toBe(cron);
    },
  );

  it.each([
    ['INGEST_SCHEDULE', 'nonsense'],
    ['SUMMARY_SCHEDULE', '0 3 * * *'],
    ['DAILY_INSIGHT_SCHEDULE', '0 0 25 * * *'],
    ['INGEST_SCHEDULE', '0 0 3 30 2 *'],
    ['INGEST_SCHEDULE', '0 0 3 */1 * TUE'],
    ['INGEST_SCHEDULE', '0 0 3 29 * *,MON'],
    ['INGEST_SCHEDULE', '0 0 3 1,? * MON'],
    ['SCHEDULE_TIME_ZONE', 'Nowhere/Land'],
  ])('name %s when it is %s', (setting, value) => {
    expect(() => load({ [setting]: value })).toThrow(`${setting}: is`);
  });
});
