import { pauseSchedule, type ScheduleName } from '@undertone/contracts/schedules/schedule';
import { streams } from '@undertone/contracts/streams';
import { scheduleSubjects } from '@undertone/contracts/subjects';
import type { EventStore } from '@undertone/platform/event-store/event-store';
import { ensureStream } from '@undertone/platform/nats/ensure-streams';
import type { RunningService } from '@undertone/platform/nest/start-service';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { ServiceUnderTest } from '@undertone/platform/test-kit/service-under-test';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startScheduler } from '../src/start-scheduler.js';

const PAUSED = 'ingest-all-users';
/** Looked at after the paused one: when its missed firing is made up for, the other's would be, too. */
const OTHER = 'generate-weekly-summaries';

describe('a schedule that was due while it was paused', () => {
  let scheduler: ServiceUnderTest<RunningService>;
  let store: EventStore;
  beforeAll(async () => {
    scheduler = await ServiceUnderTest.prepare({
      schema: 'scheduler',
      start: startScheduler,
      settings: {
        DAILY_INSIGHT_SCHEDULE: 'off',
        REFRESH_SCHEDULE: 'off',
        MONITOR_SCHEDULE: 'off',
        ZONE_SCHEDULE: 'off',
        CLEANUP_SCHEDULE: 'off',
      },
    });
    store = scheduler.store;
    for (const stream of [streams.SCHEDULES, streams.JOBS]) await ensureStream(store.manager, stream, 1);
  });
  afterAll(() => scheduler.stop());
  beforeEach(() => store.manager.streams.purge('SCHEDULES'));
  afterEach(() => scheduler.stopService());

  const fired = (name: ScheduleName) =>
    store.manager.streams.getMessage('SCHEDULES', { last_by_subj: scheduleSubjects(name).fired });
  const start = (cron: string) => scheduler.start({ INGEST_SCHEDULE: cron, SUMMARY_SCHEDULE: cron });

  /** Has it paused before it is due; a machine on which the start takes longer is given more time. */
  async function startAndPause(leadMs = 3_000): Promise<{ due: Date; cron: string }> {
    const due = new Date(Math.ceil(Date.now() / 1_000) * 1_000 + leadMs);
    const cron = `${due.getUTCSeconds()} ${due.getUTCMinutes()} ${due.getUTCHours()} ${due.getUTCDate()} ${due.getUTCMonth() + 1} *`;
    await start(cron);
    await scheduler.rpc.ask(pauseSchedule, { name: PAUSED, paused: true });
    if (Date.now() < due.getTime()) return { due, cron };
    await scheduler.stopService();
    await store.manager.streams.purge('SCHEDULES');
    return startAndPause(2 * leadMs);
  }

  it.each([
    ['while it is paused', false],
    ['after it is resumed', true],
  ])('makes nothing up %s', async (_when, resumes) => {
    const { due, cron } = await startAndPause();
    await eventually('the other fires', async () => (await fired(OTHER)) !== null);
    await eventually('nothing of that time is waited for any more', () => Date.now() > due.getTime() + 5_500);
    if (resumes) await scheduler.rpc.ask(pauseSchedule, { name: PAUSED, paused: false });
    await scheduler.stopService();
    // The stream has lost the other's firing; a scheduler begins with a look for what was missed.
    await store.manager.streams.purge('SCHEDULES', { filter: scheduleSubjects(OTHER).fired });
    await start(cron);
    await eventually('what was missed is made up for', async () => (await fired(OTHER)) !== null);
    expect(await fired(PAUSED)).toBeNull();
  });
});
