import { nobody } from '@undertone/contracts/id';
import type { Calendar } from '@undertone/contracts/identity/calendar';
import { listCalendars, listUsers } from '@undertone/contracts/identity/rpc';
import { planBackfill } from '@undertone/contracts/jobs/backfill';
import { JobRequested } from '@undertone/contracts/jobs/job';
import {
  changeSchedule,
  listSchedules,
  pauseSchedule,
  pauseSchedules,
  resetSchedule,
  type Schedule,
} from '@undertone/contracts/schedules/schedule';
import { streams } from '@undertone/contracts/streams';
import { scheduleSubjects } from '@undertone/contracts/subjects';
import { linkedUsers } from '@undertone/contracts/token/rpc';
import type { EventStore } from '@undertone/platform/event-store/event-store';
import { newId } from '@undertone/platform/ids/ids';
import { PostponedJobError } from '@undertone/platform/jobs/job-errors';
import { ensureStream } from '@undertone/platform/nats/ensure-streams';
import type { RunningService } from '@undertone/platform/nest/start-service';
import { answer } from '@undertone/platform/test-kit/answer';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { ServiceUnderTest } from '@undertone/platform/test-kit/service-under-test';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BackfillScheduleJob } from '../src/runs/backfill-schedule.job.js';
import { startScheduler } from '../src/start-scheduler.js';

const NAME = 'ingest-all-users';
const EVERY_SECOND = '* * * * * *';
const YEARLY = '0 0 0 1 1 *';
const { definition, fired } = scheduleSubjects(NAME);

let scheduler: ServiceUnderTest<RunningService>;
let store: EventStore;
let people: (of: Calendar | undefined) => string[] = () => [];
let calendars: Calendar[] = [];
beforeAll(async () => {
  scheduler = await ServiceUnderTest.prepare({
    schema: 'scheduler',
    start: startScheduler,
    settings: {
      INGEST_SCHEDULE: 'off',
      SUMMARY_SCHEDULE: 'off',
      DAILY_INSIGHT_SCHEDULE: 'off',
      REFRESH_SCHEDULE: 'off',
      MONITOR_SCHEDULE: 'off',
      ZONE_SCHEDULE: 'off',
      CLEANUP_SCHEDULE: 'off',
    },
  });
  store = scheduler.store;
  for (const stream of [streams.SCHEDULES, streams.JOBS]) await ensureStream(store.manager, stream, 1);
  // Of identity and token, what a run asks of them: nobody is registered, but where a test says so.
  const { infrastructure } = scheduler;
  answer(await infrastructure.connect({}, 'identity'), listUsers, ({ of }) => ({
    user_ids: people(of),
    total: people(of).length,
  }));
  answer(await infrastructure.connect({}, 'identity'), listCalendars, () => ({ calendars }));
  answer(await infrastructure.connect({}, 'token'), linkedUsers, ({ user_ids }) => ({ user_ids }));
});
afterAll(() => scheduler.stop());

const start = (settings: Record<string, string>) => scheduler.start(settings);
afterEach(() => scheduler.stopService());
beforeEach(async () => {
  await store.manager.streams.purge('SCHEDULES');
  await store.manager.streams.purge('JOBS');
});

const latest = async (subject: string) =>
  (await store.manager.streams.getMessage('SCHEDULES', { last_by_subj: subject })) ?? undefined;
const shown = async (): Promise<Schedule> => {
  const { schedules } = await scheduler.rpc.ask(listSchedules, {});
  const found = schedules.find(({ name }) => name === NAME);
  if (!found) throw new Error(`${NAME} is not listed`);
  return found;
};
/** What was requested by the pattern of a lane. */
const requested = async (lane: string) =>
  (await store.readFiltered('JOBS', `jobs.${lane}.*.requested`)).flatMap((event) => {
    const request = JobRequested.read(event);
    return request ? [{ ...request, cause: event.causationId }] : [];
  });
/** The times for which runs were requested. */
const runs = async () =>
  (await requested('scheduled.bulk')).map(({ payload }) => String(payload.planned_for));
const seconds = (count: number, from = Date.now()) => new Date(from + count * 1_000);
/** Fires once, at a moment. */
const once = (moment: Date) =>
  `${moment.getUTCSeconds()} ${moment.getUTCMinutes()} ${moment.getUTCHours()} ${moment.getUTCDate()} ${moment.getUTCMonth() + 1} *`;

describe('a schedule', () => {
  it('has one run for each time that it is due, with two replicas', async () => {
    await Promise.all([start({ INGEST_SCHEDULE: EVERY_SECOND }), start({ INGEST_SCHEDULE: EVERY_SECOND })]);
    const planned = await eventually('it ran a few times', async () => {
      const all = await runs();
      return all.length >= 4 && all;
    });
    const times = planned.map((time) => Date.parse(time));
    expect(times).toEqual(times.map((_, at) => (times[0] ?? 0) + at * 1_000));
    expect((await latest(definition))?.seq).toBe(1);
    const ended = await eventually('a run ends', async () => {
      const now = await shown();
      return now.last_status === 'SUCCESS' && now;
    });
    expect(ended.last_result).toEqual({ people: 0, requested: 0 });
  });

  it('is written once, replaced by another setting, and removed by `off`', async () => {
    await start({ INGEST_SCHEDULE: YEARLY });
    const before = await latest(definition);
    await scheduler.restart({ INGEST_SCHEDULE: YEARLY });
    expect((await latest(definition))?.seq).toBe(before?.seq);
    await scheduler.restart({ INGEST_SCHEDULE: YEARLY, SCHEDULE_TIME_ZONE: 'Asia/Kolkata' });
    expect(await shown()).toMatchObject({ status: 'on', cron: YEARLY, time_zone: 'Asia/Kolkata' });
    expect((await shown()).next_at).toMatch(/-12-31T18:30:00.000Z$/);
    await scheduler.restart({});
    expect(await shown()).toMatchObject({ status: 'off', cron: null, next_at: null });
    expect(await latest(definition)).toBeUndefined();
  });

  it('stays paused through restarts and changed settings, until it is resumed', async () => {
    const rpc = scheduler.rpc;
    await start({ INGEST_SCHEDULE: EVERY_SECOND });
    await eventually('it fires', () => latest(fired));
    expect(await rpc.ask(pauseSchedule, { name: NAME, paused: true })).toMatchObject({
      status: 'paused',
      next_at: null,
    });
    const last = await latest(fired);
    await scheduler.restart({ INGEST_SCHEDULE: '*/2 * * * * *' });
    expect(await shown()).toMatchObject({ status: 'paused', cron: '*/2 * * * * *' });
    const resumed = new Date();
    await rpc.ask(pauseSchedule, { name: NAME, paused: false });
    const next = await eventually('it fires again', async () => {
      const now = await latest(fired);
      return now && now.seq !== last?.seq && now;
    });
    // Two of its times have gone by since it was paused, and neither was fired.
    expect(next.time.getTime()).toBeGreaterThan(resumed.getTime());
    await expect(
      rpc.ask(pauseSchedule, { name: 'generate-weekly-summaries', paused: true }),
    ).rejects.toMatchObject({ code: 'SCHEDULE_OFF', status: 409 });
  });

  it('is when an operator says, until it is taken back or the setting changes', async () => {
    const rpc = scheduler.rpc;
    const settings = { INGEST_SCHEDULE: YEARLY };
    await start(settings);
    const said = { status: 'on', cron: EVERY_SECOND, time_zone: 'Asia/Kolkata', said_by: 'operator' };
    const change = { name: NAME, cron: EVERY_SECOND, time_zone: 'Asia/Kolkata' } as const;
    expect(await rpc.ask(changeSchedule, change)).toMatchObject(said);
    await eventually('it fires', () => latest(fired));
    const before = await latest(definition);
    await scheduler.restart(settings);
    expect(await shown()).toMatchObject(said);
    expect((await latest(definition))?.seq).toBe(before?.seq);
    expect(await rpc.ask(resetSchedule, { name: NAME })).toMatchObject({ cron: YEARLY, said_by: 'settings' });

    await rpc.ask(changeSchedule, change);
    await rpc.ask(pauseSchedule, { name: NAME, paused: true });
    await scheduler.restart({ INGEST_SCHEDULE: '0 0 4 * * *' });
    const changed = { cron: '0 0 4 * * *', time_zone: 'UTC', said_by: 'settings', status: 'paused' };
    expect(await shown()).toMatchObject(changed);
  });

  it('that the settings switch off is on when an operator says when, and off again when that is taken back', async () => {
    const rpc = scheduler.rpc;
    await start({});
    await expect(rpc.ask(changeSchedule, { name: NAME, time_zone: 'UTC' })).rejects.toMatchObject({
      code: 'SCHEDULE_OFF',
    });
    await rpc.ask(changeSchedule, { name: NAME, cron: YEARLY });
    await scheduler.restart({});
    expect(await shown()).toMatchObject({ status: 'on', cron: YEARLY, said_by: 'operator' });
    expect(await rpc.ask(resetSchedule, { name: NAME })).toMatchObject({ status: 'off' });
    expect(await latest(definition)).toBeUndefined();
  });

  it.each([
    ['no cron', { cron: 'daily' }, 'cron'],
    ['a time that never comes', { cron: '0 0 0 31 2 *' }, 'cron'],
    ['cron that only the server does not know', { cron: '0 0 6 * * 7' }, 'cron'],
    ['nothing', {}, 'cron'],
  ])('is not changed to %s, which names the field', async (_what, change, path) => {
    await start({ INGEST_SCHEDULE: YEARLY });
    const before = await latest(definition);
    await expect(scheduler.rpc.ask(changeSchedule, { name: NAME, ...change })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      errors: [{ path }],
    });
    expect((await latest(definition))?.seq).toBe(before?.seq);
  });

  it('is changed by both of two operators at once: neither is refused, and one stands', async () => {
    await start({ INGEST_SCHEDULE: YEARLY });
    const crons = Array.from({ length: 8 }, (_, hour) => `0 0 ${hour} * * *`);
    const ask = (cron: string) => scheduler.rpc.ask(changeSchedule, { name: NAME, cron });
    await Promise.all(crons.map(ask));
    expect(crons).toContain((await shown()).cron);
  });

  it('is paused with all others, and resumed with them', async () => {
    const rpc = scheduler.rpc;
    await start({ INGEST_SCHEDULE: YEARLY, SUMMARY_SCHEDULE: YEARLY });
    const statuses = async (paused: boolean) =>
      (await rpc.ask(pauseSchedules, { paused })).schedules.map(({ status }) => status);
    expect(await statuses(true)).toEqual(['paused', 'paused', 'off', 'off', 'off', 'off', 'off']);
    expect(await statuses(true)).toEqual(['paused', 'paused', 'off', 'off', 'off', 'off', 'off']);
    expect(await statuses(false)).toEqual(['on', 'on', 'off', 'off', 'off', 'off', 'off']);
  });

  it('is in the zone of a setting, in whatever letters: the server knows those of IANA alone', async () => {
    await start({ INGEST_SCHEDULE: YEARLY, SCHEDULE_TIME_ZONE: 'asia/kolkata' });
    expect(await shown()).toMatchObject({ status: 'on', time_zone: 'Asia/Kolkata' });
  });

  it('that the server does not take stops the start, and names the setting', async () => {
    // Sunday as 7 is good cron, and the server's own cron does not know it.
    await expect(start({ SUMMARY_SCHEDULE: '0 0 6 * * 7' })).rejects.toThrow(
      /SUMMARY_SCHEDULE: the server refuses/,
    );
  });
});

describe('a due time', () => {
  it('while the scheduler was away is made up for once', async () => {
    await start({ INGEST_SCHEDULE: EVERY_SECOND });
    await eventually('it ran', async () => (await runs()).length > 0);
    await scheduler.stopService();
    const before = await runs();
    const left = await latest(fired);
    const missed = await eventually('it fires three times more', async () => {
      const now = await latest(fired);
      return now && now.seq >= (left?.seq ?? 0) + 3 && now;
    });
    await store.manager.streams.purge('SCHEDULES', { filter: definition });
    await start({});
    const after = await eventually('it runs', async () => {
      const all = await runs();
      return all.length > before.length && all;
    });
    expect(after.length - before.length).toBe(1);
    expect(Date.parse(after.at(-1) ?? '')).toBeGreaterThanOrEqual(missed.time.getTime() - 1_000);
  });

  it('over which the NATS server was killed is made up for once', async () => {
    const due = seconds(4);
    due.setUTCMilliseconds(0);
    await Promise.all([start({ INGEST_SCHEDULE: once(due) }), start({ INGEST_SCHEDULE: once(due) })]);
    await scheduler.infrastructure.nats.kill();
    await eventually('it is past', () => Date.now() > due.getTime() + 500);
    await scheduler.infrastructure.nats.restart();
    const planned = await eventually(
      'the run is requested',
      async () => (await runs()).length > 0 && runs(),
      60_000,
    );
    expect(planned).toEqual([due.toISOString()]);
  });
});

describe('people in a zone of their own', () => {
  const [ada, ben] = [newId(), newId()];
  afterEach(() => {
    people = () => [];
    calendars = [];
  });

  it('have runs of their own, and the schedule’s is for the others: each has each moment of theirs once', async () => {
    const KOLKATA = 'Asia/Kolkata';
    calendars = [{ time_zone: KOLKATA, first_day_of_week: 'monday' }];
    people = (of) => (of === undefined ? [ada, ben] : of.time_zone === KOLKATA ? [ada] : [ben]);
    const settings = { INGEST_SCHEDULE: EVERY_SECOND, ZONE_SCHEDULE: EVERY_SECOND };
    await Promise.all([start(settings), start(settings)]);
    const jobs = await eventually('both have some', async () => {
      const all = await requested('spotify.bulk');
      const of = (id: string) => all.filter(({ user_id }) => user_id === id);
      return of(ada).length >= 6 && of(ben).length >= 6 && all;
    });
    const byId = new Map((await requested('scheduled.bulk')).map(({ job_id, payload }) => [job_id, payload]));
    for (const { cause = '', user_id } of jobs) {
      const payload = byId.get(cause);
      const isAdas = user_id === ada;
      expect(payload).toMatchObject({ of: { time_zone: isAdas ? KOLKATA : null } });
      // By the clock on the wall.
      const wall = Temporal.Instant.from(String(payload?.planned_for)).toZonedDateTimeISO(
        isAdas ? KOLKATA : 'UTC',
      );
      expect(payload?.period).toBe(wall.toPlainDateTime().toString());
    }
  });

  it('go by the schedule’s zone where nobody follows their own', async () => {
    people = (of) => (of === undefined ? [ada, ben] : []);
    await start({ INGEST_SCHEDULE: EVERY_SECOND });
    await eventually('both are asked for', async () => {
      return new Set((await requested('spotify.bulk')).map(({ user_id }) => user_id)).size === 2;
    });
  });

  it('have no run for what was due while the schedule was paused', async () => {
    calendars = [{ time_zone: 'Asia/Kolkata' }];
    await start({ INGEST_SCHEDULE: EVERY_SECOND, ZONE_SCHEDULE: EVERY_SECOND });
    await scheduler.rpc.ask(pauseSchedule, { name: NAME, paused: true });
    const paused = (await latest(definition))?.time.getTime() ?? 0;
    const later = async (type: string, ms: number) =>
      (await requested('scheduled.bulk')).filter(
        ({ job_type, payload }) => job_type === type && Date.parse(String(payload.planned_for)) > paused + ms,
      );
    await eventually('it looked again', async () => (await later('follow-time-zones', 2_000)).length >= 2);
    expect(await later(NAME, 1_000)).toEqual([]);
  });
});

describe('what a schedule missed', () => {
  const MINUTES = '0 * * * * *';
  const minutes = (count: number) => {
    const at = new Date(Date.now() + count * 60_000);
    at.setUTCSeconds(0, 0);
    return at.toISOString();
  };
  const plan = (range: { from: string; to: string }) =>
    scheduler.rpc.ask(planBackfill, { name: NAME, ...range });

  it('is made up for in order, one after another, and once, by two backfills at once', async () => {
    await start({ INGEST_SCHEDULE: MINUTES });
    await scheduler.rpc.ask(pauseSchedule, { name: NAME, paused: true });
    const range = { from: minutes(-4), to: minutes(-2) };
    const { plan: planned, cron, time_zone } = await plan(range);
    expect(planned).toEqual({ name: NAME, due: 3, had_run: 0, to_run: 3, first: range.from, last: range.to });
    const handler = scheduler.service.get<BackfillScheduleJob>(BackfillScheduleJob);
    const percents: number[] = [];
    const context = (jobId: string) => ({
      jobId,
      payload: { user_id: nobody, name: NAME, ...range, cron, time_zone },
      progress: ({ percent }: { percent: number }) => percents.push(percent),
    });
    // As the runner does with one that is put back, without the pauses.
    const made = (jobId: string) =>
      eventually('the backfill ends', () =>
        handler.run(context(jobId) as never).catch((error: unknown) => {
          if (error instanceof PostponedJobError) return undefined;
          throw error;
        }),
      );
    const results = await Promise.all([made(newId()), made(newId())]);
    expect(results.reduce((sum, { requested }) => sum + requested, 0)).toBe(3);
    for (const { due } of results) expect(due).toBe(3);
    expect(percents.at(0)).toBe(0);
    expect(percents.at(-1)).toBe(100);
    expect(await runs()).toEqual(
      [0, 1, 2].map((at) => new Date(Date.parse(range.from) + at * 60_000).toISOString()),
    );
    expect((await plan(range)).plan).toMatchObject({ due: 3, had_run: 3, to_run: 0, first: null });
  });

  it.each([
    [
      'more than it may',
      () => ({ from: minutes(-600), to: minutes(-1) }),
      'from',
      /was due 600 times.*at most 500/,
    ],
    ['what is to come', () => ({ from: minutes(-2), to: minutes(2) }), 'to', /yet to come/],
    [
      'what nobody knows any more',
      () => ({ from: minutes(-31 * 1_440), to: minutes(-1) }),
      'from',
      /30 days ago/,
    ],
    [
      'a range that ends before it begins',
      () => ({ from: minutes(-1), to: minutes(-2) }),
      'from',
      /after to/,
    ],
  ])('is not made up for where that is %s', async (_what, range, path, message) => {
    await start({ INGEST_SCHEDULE: MINUTES });
    await expect(plan(range())).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      errors: [{ path, message: expect.stringMatching(message) }],
    });
  });

  it('is nothing while it is off', async () => {
    await start({});
    await expect(plan({ from: minutes(-2), to: minutes(-1) })).rejects.toMatchObject({
      code: 'SCHEDULE_OFF',
    });
  });
});
