import type { JobConsumerDefinition } from '@undertone/contracts/consumers';
import { UnreadableEvent } from '@undertone/contracts/event';
import { JobRequested } from '@undertone/contracts/jobs/job';
import { jobWaitSubjects } from '@undertone/contracts/subjects';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromMessage, toMessage } from '../src/event-store/cloudevents.js';
import { newId } from '../src/ids/ids.js';
import { dueId } from '../src/jobs/deliver-at.js';
import { PostponedJobError } from '../src/jobs/job-errors.js';
import { JobExecution } from '../src/jobs/job-execution.js';
import { ensureConsumer } from '../src/nats/ensure-streams.js';
import { eventually } from '../src/test-kit/eventually.js';
import { gate } from './fixtures/child.js';
import { JobLane } from './fixtures/job-lane.js';
import { type SampleContext, sampleJob } from './fixtures/sample-job.js';

const inMs = (ms: number) => new Date(Date.now() + ms);
const HOUR_MS = 3_600_000;
/** Just longer than what stays with the consumer. */
const LONG_ENOUGH_MS = 5_500;
const echo = async ({ payload }: SampleContext) => ({ echo: payload.text });
const subjectsOf = (id: string) => jobWaitSubjects('spotify', 'interactive', id);

describe('a job that waits for long', () => {
  let lane: JobLane;
  beforeAll(async () => {
    lane = await JobLane.open();
  });
  afterAll(() => lane?.close());

  const stored = async (subject: string) =>
    (await lane.store.manager.streams.getMessage('JOBS', { last_by_subj: subject })) ?? undefined;
  const waits = async (id: string) => Boolean(await stored(subjectsOf(id).waiting));

  /** The next delivery, in the hands of a worker that does nothing with it. */
  async function delivered({ stream, name }: JobConsumerDefinition): Promise<JobExecution> {
    const pull = await lane.store.manager.jetstream().consumers.get(stream, name);
    const message = await eventually(
      'it is delivered',
      async () => (await pull.next({ expires: 1_000 })) ?? undefined,
    );
    const execution = await JobExecution.load(lane.store, message, { service: 'test', name: 'worker' });
    message.nak();
    return execution;
  }

  /** What of a lane's jobs is left in its consumer: what scales the service. */
  async function lag(consumer: JobConsumerDefinition) {
    const { manager } = lane.store;
    const { num_pending, num_ack_pending } = await manager.consumers.info(consumer.stream, consumer.name);
    return { pending: num_pending, inWork: num_ack_pending };
  }

  it('is no lag, however many do; what could be worked on is', async () => {
    const ids = await Promise.all(Array.from({ length: 40 }, () => lane.ask()));
    const consumer = await lane.consumer(ids);
    const runner = lane.work(
      consumer,
      async () => {
        throw new PostponedJobError('BUDGET_SPENT', 'no calls are left', inMs(HOUR_MS));
      },
      { slots: 4 },
    );
    await eventually('all of them wait', async () => (await Promise.all(ids.map(waits))).every(Boolean));
    await lane.settled(consumer);
    expect(await lag(consumer)).toEqual({ pending: 0, inWork: 0 });
    await runner.stop(0);

    const busy = await Promise.all(Array.from({ length: 40 }, () => lane.ask()));
    const working = await lane.consumer(busy);
    const held = lane.work(
      working,
      ({ signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      { slots: 4 },
    );
    const seen = await eventually('four are in work', async () => {
      const now = await lag(working);
      return now.inWork === 4 && now;
    });
    expect(seen).toEqual({ pending: 36, inWork: 4 });
    await held.stop(0);
  });

  it('goes on at its time, as often as it has to wait, and is over once', async () => {
    const id = await lane.ask();
    const consumer = await lane.consumer([id]);
    const resumeAt = inMs(LONG_ENOUGH_MS);
    const begun: number[] = [];
    lane.work(consumer, async (context) => {
      begun.push(Date.now());
      if (begun.length === 1) throw new PostponedJobError('BUDGET_SPENT', 'no calls are left', resumeAt);
      return echo(context);
    });
    await eventually('it waits', () => waits(id));
    await lane.settled(consumer);
    expect(await lane.ended(consumer, id)).toEqual([
      'requested',
      'started 1',
      'retrying 1 BUDGET_SPENT',
      'started 1',
      'succeeded',
    ]);
    expect(begun[1]).toBeGreaterThanOrEqual(resumeAt.getTime());
    // The schedule is gone with its time.
    expect(await waits(id)).toBe(false);
  });

  it('is taken out of the consumer by the next worker, where the first one died before it could', async () => {
    const id = await lane.ask();
    const consumer = await lane.consumer([id]);
    const resumeAt = inMs(HOUR_MS);
    await (await delivered(consumer)).postponed(
      { code: 'BUDGET_SPENT', message: 'no calls are left' },
      HOUR_MS,
      resumeAt,
    );
    lane.work(consumer, echo);
    const notice = await eventually('it waits', () => stored(subjectsOf(id).waiting));
    await lane.settled(consumer);
    expect(await lane.story(id)).toEqual(['requested', 'retrying 1 BUDGET_SPENT']);
    const due = Date.parse(notice.header.get('Nats-Schedule').replace('@at ', ''));
    expect(Math.abs(due - resumeAt.getTime())).toBeLessThan(1_000);
  });

  it('that moved on in other hands is not scheduled', async () => {
    const id = await lane.ask();
    const consumer = await lane.consumer([id]);
    const slow = await delivered(consumer);
    const current = await delivered(consumer);
    await current.started();
    await slow.deliverAt(inMs(HOUR_MS));
    expect(await waits(id)).toBe(false);
    await current.deliverAt(inMs(HOUR_MS));
    expect(await waits(id)).toBe(true);
  });

  it('is due to workers that know of such messages, and unreadable to those of an older release', async () => {
    const id = await lane.ask();
    const consumer = await lane.consumer([id]);
    lane.work(consumer, async () => {
      throw new PostponedJobError('BUDGET_SPENT', 'no calls are left', inMs(HOUR_MS));
    });
    await eventually('it waits', () => waits(id));
    const notice = await eventually('it is there', () => stored(subjectsOf(id).waiting));
    const { seq: sequence, subject, header: headers, data } = notice;
    const event = fromMessage({ stream: 'JOBS', sequence, subject, headers, data });
    expect(() => JobRequested.read(event)).toThrow(UnreadableEvent);
  });

  it('is left to the worker that has it, when it is called due once more', async () => {
    const id = await lane.ask();
    const consumer = await lane.consumer([id]);
    const { sequence } = (await lane.events(id))[0] ?? { sequence: 0 };
    const begun: number[] = [];
    let end = () => {};
    lane.work(
      consumer,
      async (context) => {
        begun.push(context.attempt);
        await new Promise<void>((resolve) => (end = resolve));
        return echo(context);
      },
      { slots: 2 },
    );
    await eventually('it runs', async () => begun.length === 1);
    // As it was before it began, and at once.
    await lane.store.manager.jetstream().publish(subjectsOf(id).due, 'null', {
      headers: toMessage({
        ...{ definition: JobRequested, id: dueId(id, sequence), time: new Date(), source: 'test' },
        data: null as never,
      }).headers,
    });
    await eventually('it is delivered', async () => {
      const { delivered } = await lane.store.manager.consumers.info('JOBS', consumer.name);
      return delivered.consumer_seq >= 2;
    });
    end();
    const ended = ['requested', 'started 1', 'succeeded'];
    await eventually('it has ended', async () => (await lane.story(id)).length >= ended.length);
    expect(await lane.story(id)).toEqual(ended);
    expect(begun).toEqual([1]);
  });

  it('and that the log has forgotten is nobody’s job', async () => {
    const id = newId();
    const consumer = await lane.consumer([id]);
    const reasons = lane.terminations(consumer.name);
    lane.work(consumer, echo);
    await lane.store.manager.jetstream().publish(subjectsOf(id).due, 'null');
    await eventually('it is ended', async () => reasons.length > 0);
    expect(reasons).toEqual(['not a job request']);
  });

  it('goes on although the server was killed over its time', async () => {
    const id = await lane.ask();
    const consumer = await lane.consumer([id], 3);
    let calls = 0;
    lane.work(consumer, async (context) => {
      calls += 1;
      if (calls === 1) throw new PostponedJobError('BUDGET_SPENT', 'no calls are left', inMs(LONG_ENOUGH_MS));
      return echo(context);
    });
    await eventually('it waits', () => waits(id));
    await lane.infrastructure.nats.kill();
    await new Promise((resolve) => setTimeout(resolve, LONG_ENOUGH_MS));
    await lane.infrastructure.nats.restart();
    expect((await lane.ended(consumer, id)).at(-1)).toBe('succeeded');
    expect(calls).toBe(2);
  });

  it('does not begin while its lane is paused, through restarts; what runs goes on, and nothing is lost', async () => {
    const user_id = newId();
    const ids = [];
    for (const text of ['first', 'runs', 'held', 'last'])
      ids.push(await lane.askFor(sampleJob, { user_id, text }));
    const [first, runs, ...others] = ids as [string, string, string, string];
    const consumer = await lane.consumer(ids);
    const { consumers } = lane.store.manager;
    const held = gate();
    const handle = async (context: SampleContext) => {
      if (context.payload.text === 'runs') await held.opened;
      return echo(context);
    };
    const runner = lane.work(consumer, handle);
    const { jobs } = await eventually('it holds what it passed over', () => {
      const now = runner.lane;
      return now.held === 2 && now.jobs[0]?.task_id === runs && now;
    });
    expect(jobs).toEqual([{ task_id: runs, job_type: 'sample', since: expect.any(String) }]);
    await consumers.pause(consumer.stream, consumer.name, inMs(HOUR_MS));
    await eventually('it holds nothing that it may not begin', () => runner.lane.held === 0);
    held.open();
    await eventually('what runs goes on', async () => (await lane.story(runs)).at(-1) === 'succeeded');

    // As at the start of a replica, of this release and of one that configures the lane otherwise.
    await ensureConsumer(lane.store.manager, consumer, 1);
    await ensureConsumer(lane.store.manager, { ...consumer, ackWaitSeconds: 20 }, 1);
    lane.work(consumer, handle);
    const asked = await lane.store.manager.jetstream().consumers.get(consumer.stream, consumer.name);
    expect(await asked.next({ expires: 1_000 })).toBeNull();
    expect((await asked.info()).paused).toBe(true);
    for (const id of others) expect(await lane.story(id)).toEqual(['requested']);

    await consumers.resume(consumer.stream, consumer.name);
    for (const id of [first, ...others]) {
      expect(await lane.ended(consumer, id)).toEqual(['requested', 'started 1', 'succeeded']);
    }
  });
});
