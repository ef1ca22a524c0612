import { consumers } from '@undertone/contracts/consumers';
import { ingestListeningData } from '@undertone/contracts/jobs/ingest-listening-data';
import { JobRetrying } from '@undertone/contracts/jobs/job';
import { getTask } from '@undertone/contracts/jobs/task';
import { jobAggregate, jobWaitSubjects } from '@undertone/contracts/subjects';
import { newId } from '@undertone/platform/ids/ids';
import { requestJob } from '@undertone/platform/jobs/request-job';
import { ensureConsumer } from '@undertone/platform/nats/ensure-streams';
import type { RunningService } from '@undertone/platform/nest/start-service';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { ServiceUnderTest } from '@undertone/platform/test-kit/service-under-test';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OverdueJobs } from '../src/jobs/overdue-jobs.js';
import { startScheduler } from '../src/start-scheduler.js';

const HOUR_MS = 3_600_000;
const lane = consumers['ingestion-spotify-interactive'];

describe('a job that was due and reached no worker', () => {
  let scheduler: ServiceUnderTest<RunningService>;
  beforeAll(async () => {
    scheduler = await ServiceUnderTest.prepare({ schema: 'scheduler', start: startScheduler });
    await scheduler.start();
    await ensureConsumer(scheduler.store.manager, lane, 1);
  });
  afterAll(() => scheduler?.stop());

  /** A job that waits until a time, and whose request the lane's consumer has behind it. */
  async function waitingUntil(time: Date): Promise<string> {
    const payload = { user_id: newId(), time_range: 'short_term' as const };
    const { store } = scheduler;
    const id = await requestJob(store, ingestListeningData, { payload, lane: 'interactive', source: 'test' });
    const pull = await store.manager.jetstream().consumers.get(lane.stream, lane.name);
    const request = await eventually('it is delivered', async () => (await pull.next()) ?? undefined);
    await request.ackAck();
    const aggregate = jobAggregate('spotify', 'interactive', id);
    const problem = { code: 'CALL_BUDGET_SPENT', message: 'the budget is spent' };
    const job = { job_id: id, job_type: 'ingest-listening-data', user_id: payload.user_id };
    const data = { ...job, attempt: 1, delay_ms: 0, problem, resume_at: time.toISOString() };
    const last = (await store.last('JOBS', aggregate.filter))?.sequence ?? 0;
    const event = { definition: JobRetrying, id: newId(), time: new Date(), source: 'test', data };
    await store.append(aggregate, event, last);
    await eventually('it is known to wait', async () => {
      const { found } = await scheduler.rpc.ask(getTask, { task_id: id });
      return found?.task.status === 'RETRY';
    });
    return id;
  }
  const isDue = async (id: string) => {
    const { due } = jobWaitSubjects('spotify', 'interactive', id);
    return (await scheduler.store.last('JOBS', due)) !== undefined;
  };

  it('is delivered again, and no other', async () => {
    const lost = await waitingUntil(new Date(Date.now() - HOUR_MS));
    const patient = await waitingUntil(new Date(Date.now() + HOUR_MS));
    const jobs = scheduler.service.get<OverdueJobs>(OverdueJobs);
    expect(await jobs.look(new Date())).toBe(0);
    const inHalfAnHour = new Date(Date.now() + HOUR_MS / 2);
    expect(await jobs.look(inHalfAnHour)).toBe(1);
    await eventually('it is due', () => isDue(lost));
    expect(await isDue(patient)).toBe(false);
    // It is in its lane now: late, and not lost.
    expect(await jobs.look(inHalfAnHour)).toBe(0);
  });
});
