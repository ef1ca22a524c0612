import { setTimeout as sleep } from 'node:timers/promises';
import { jetstream } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import { defineEvent } from '@undertone/contracts/event';
import { JobProgressed, JobRequested, JobStarted, JobSucceeded } from '@undertone/contracts/jobs/job';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { toMessage } from '../src/event-store/cloudevents.js';
import { newId } from '../src/ids/ids.js';
import { requestDerivedJob } from '../src/jobs/request-job.js';
import { eventually } from '../src/test-kit/eventually.js';
import { gate } from './fixtures/child.js';
import { aggregateOf, JobLane } from './fixtures/job-lane.js';
import { type SampleHandler, sampleJob } from './fixtures/sample-job.js';

const echo = async ({ payload }: { payload: { text: string } }) => ({ echo: payload.text });

describe('the job runner', () => {
  let lane: JobLane;
  beforeAll(async () => {
    lane = await JobLane.open();
  });
  afterAll(() => lane?.close());

  it('records what becomes of a job, and acknowledges it', async () => {
    const id = await lane.ask('good morning');
    const consumer = await lane.consumer([id]);
    let given: object | undefined;
    lane.work(consumer, async (context) => {
      given = { jobId: context.jobId, attempt: context.attempt, text: context.payload.text };
      return { echo: 'good morning', unknown: 'dropped' };
    });
    expect(await lane.ended(consumer, id)).toEqual(['requested', 'started 1', 'succeeded']);
    expect(given).toEqual({ jobId: id, attempt: 1, text: 'good morning' });

    const [requested, started, succeeded] = await lane.events(id);
    const { prefix } = aggregateOf(id);
    expect(requested).toMatchObject({ id, subject: `${prefix}.requested`, source: '/undertone/test' });
    for (const event of [started, succeeded]) {
      expect(event).toMatchObject({
        subject: `${prefix}.status`,
        source: '/undertone/test',
        correlationId: id,
        causationId: id,
      });
    }
    expect(started && JobStarted.read(started)).toMatchObject({ job_id: id, worker: 'worker-1', attempt: 1 });
    expect(succeeded && JobSucceeded.read(succeeded)).toMatchObject({
      job_id: id,
      job_type: 'sample',
      user_id: requested && JobRequested.read(requested)?.user_id,
      result: { echo: 'good morning' },
    });
    const info = await lane.settled(consumer);
    expect(info.ack_floor.stream_seq).toBe(requested?.sequence);
  });

  it('does a job once when its request is delivered again', async () => {
    const id = await lane.ask();
    const consumer = await lane.consumer([id]);
    let calls = 0;
    lane.work(consumer, async (context) => {
      calls += 1;
      return echo(context);
    });
    await lane.ended(consumer, id);
    await lane.store.manager.consumers.reset('JOBS', consumer.name, 1);
    const again = await eventually('the request was delivered again', async () => {
      const info = await lane.settled(consumer);
      return info.delivered.consumer_seq > 0 && info;
    });
    expect(again.ack_floor.consumer_seq).toBe(1);
    expect(await lane.story(id)).toEqual(['requested', 'started 1', 'succeeded']);
    expect(calls).toBe(1);
  });

  it('shares many jobs among replicas, each done once', async () => {
    const ids = await Promise.all(Array.from({ length: 40 }, (_, number) => lane.ask(`job ${number}`)));
    const consumer = await lane.consumer(ids);
    const busy = new Set<string>();
    for (const worker of ['a', 'b']) {
      lane.work(
        consumer,
        async (context) => {
          busy.add(worker);
          await eventually('both replicas work', () => busy.size === 2);
          return echo(context);
        },
        { nats: await lane.infrastructure.connect(), slots: 3, worker },
      );
    }
    for (const id of ids) {
      expect(await lane.ended(consumer, id)).toEqual(['requested', 'started 1', 'succeeded']);
    }
  });

  it('lets somebody who asks for one job wait for none but one each of the others', async () => {
    const [first, others] = [newId(), Array.from({ length: 10 }, newId)];
    const asked = new Map(
      [...Array.from({ length: 40 }, () => first), ...others].map((user) => [newId(), user]),
    );
    const consumer = await lane.consumer([...asked.keys()]);
    const ask = ([jobId, user]: [string, string]) =>
      requestDerivedJob(lane.store, sampleJob, {
        jobId,
        payload: { user_id: user, text: user },
        lane: 'interactive',
        source: 'test',
      });
    const jobs = [...asked];
    for (const job of jobs.slice(0, 40)) await ask(job);
    const begun: string[] = [];
    const running: (() => void)[] = [];
    const SLOTS = 2;
    for (const worker of ['a', 'b']) {
      const handle: SampleHandler = async (context) => {
        begun.push(context.userId);
        const end = gate();
        running.push(end.open);
        await end.opened;
        return echo(context);
      };
      lane.work(consumer, handle, { nats: await lane.infrastructure.connect(), slots: SLOTS, worker });
    }
    await eventually('all slots are one person’s', () => begun.length === 2 * SLOTS);
    for (const job of jobs.slice(40)) await ask(job);
    while (begun.length < jobs.length) {
      const count = begun.length;
      // Jobs that are over within milliseconds may be pulled ahead.
      await sleep(50);
      running.shift()?.();
      await eventually('the next one begins', () => begun.length > count);
    }
    for (const end of running) end();
    await lane.settled(consumer);

    const lastOfOthers = Math.max(...others.map((user) => begun.indexOf(user)));
    const further = begun.slice(2 * SLOTS, lastOfOthers).filter((user) => user === first);
    expect(begun.filter((user) => user === first)).toHaveLength(40);
    expect(further.length).toBeLessThanOrEqual(2 * SLOTS + 1);
    for (const id of asked.keys())
      expect(await lane.story(id)).toEqual(['requested', 'started 1', 'succeeded']);
  });

  it('merges many reports of progress into a few events', async () => {
    const id = await lane.ask();
    const consumer = await lane.consumer([id]);
    let reports = 0;
    const recorded = async () =>
      (await lane.events(id)).filter(({ type }) => type === JobProgressed.type).length;
    lane.work(consumer, async (context) => {
      await eventually('two reports are recorded', async () => {
        for (let more = 0; more < 100; more += 1) {
          reports += 1;
          context.progress({ percent: Math.min(99, reports / 100), message: `report ${reports}` });
        }
        return (await recorded()) >= 2;
      });
      return echo(context);
    });
    expect(await lane.ended(consumer, id)).toEqual([
      'requested',
      'started 1',
      'progressed 1',
      'progressed 1',
      'succeeded',
    ]);
    expect(reports).toBeGreaterThan(200);
    const [, , first, second] = await lane.events(id);
    expect(first && JobProgressed.read(first)?.progress).toEqual({ percent: 0.01, message: 'report 1' });
    expect(millisecondsBetween(first, second)).toBeGreaterThanOrEqual(450);
  });

  it('keeps a long job while it shows signs of life', async () => {
    const id = await lane.ask();
    const consumer = await lane.consumer([id], 2);
    let calls = 0;
    lane.work(
      consumer,
      async (context) => {
        calls += 1;
        const since = Date.now();
        await eventually('two waits have passed', () => Date.now() - since > 4_500);
        return echo(context);
      },
      { slots: 2 },
    );
    expect(await lane.ended(consumer, id)).toEqual(['requested', 'started 1', 'succeeded']);
    expect(calls).toBe(1);
    expect((await lane.settled(consumer)).delivered.consumer_seq).toBe(1);
  });

  it('ends what is no request for a job, and goes on', async () => {
    const strays = Array.from({ length: 5 }, newId);
    const publish = async (stray: string | undefined, body: string, carried = headers()) => {
      await jetstream(lane.nats).publish(`${aggregateOf(String(stray)).prefix}.requested`, body, {
        headers: carried,
      });
    };
    const [bare, badlyEncoded, noJson, otherEvent, otherJob] = strays;
    await publish(bare, '{}');
    const badHeaders = carriedBy(newId());
    badHeaders.set('ce-id', '%');
    await publish(badlyEncoded, '{}', badHeaders);
    await publish(noJson, 'not { json', carriedBy(newId()));
    const status = headers();
    for (const [name, value] of carriedBy(newId())) status.set(name, String(value));
    status.set('ce-type', 'undertone.jobs.started.v1');
    await publish(otherEvent, JSON.stringify({ ...fact(newId()), attempt: 1, worker: 'a' }), status);
    const elsewhere = await lane.ask();
    const copied = (await lane.events(elsewhere))[0];
    await publish(otherJob, JSON.stringify(copied?.data), carriedBy(newId()));

    const good = await lane.ask();
    const consumer = await lane.consumer([...strays, good]);
    const terminated = lane.terminations(consumer.name);
    lane.work(consumer, echo);
    expect(await lane.ended(consumer, good)).toEqual(['requested', 'started 1', 'succeeded']);
    await eventually('all strays are dead letters', () => terminated.length === strays.length);
    expect(await lane.story(elsewhere)).toEqual(['requested']);
  });

  it('leaves what a newer release wrote to a newer replica', async () => {
    const id = newId();
    const newer = defineEvent({
      ...JobRequested,
      schema: z.looseObject({ order: z.literal('newer') }),
      older: [{ schema: JobRequested.schema, upcast: (data: object) => ({ ...data, order: 'newer' }) }],
    });
    await lane.store.append(
      aggregateOf(id),
      {
        definition: newer,
        id,
        time: new Date(),
        source: 'test',
        data: { ...fact(id), order: 'newer' },
      },
      0,
    );
    const consumer = await lane.consumer([id]);
    const terminated = lane.terminations(consumer.name);
    lane.work(consumer, echo);
    const waiting = await eventually('it is delivered again', async () => {
      const info = await lane.store.manager.consumers.info(consumer.stream, consumer.name);
      return info.delivered.consumer_seq >= 3 && info;
    });
    expect(waiting.num_ack_pending).toBe(1);
    expect(terminated).toEqual([]);
  });

  it('lets one of two deliveries that run at once end the job', async () => {
    const id = await lane.ask();
    const consumers = [await lane.consumer([id], 2), await lane.consumer([id], 2)] as const;
    const first = gate();
    const second = gate();
    lane.work(consumers[0], () => first.opened.then(() => ({ echo: 'first' })), { worker: 'first' });
    await eventually('the first has it', async () => (await lane.story(id)).at(-1) === 'started 1');
    lane.work(consumers[1], () => second.opened.then(() => ({ echo: 'second' })), { worker: 'second' });
    await eventually('the second has it', async () => (await lane.story(id)).at(-1) === 'started 2');
    first.open();
    // The first could not record its success, because the second had started; so the server delivers to it again.
    await lane.ended(consumers[0], id);
    second.open();
    await lane.settled(consumers[1]);
    expect(await lane.story(id)).toEqual(['requested', 'started 1', 'started 2', 'started 3', 'succeeded']);
    const succeeded = (await lane.events(id)).at(-1);
    expect(succeeded && JobSucceeded.read(succeeded)?.result).toEqual({ echo: 'first' });
  });

  it('ends each of many jobs once while every request is delivered twice', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, () => lane.ask()));
    const consumers = [await lane.consumer(ids, 1), await lane.consumer(ids, 1)] as const;
    for (const consumer of consumers) lane.work(consumer, echo, { slots: 4, worker: consumer.name });
    for (const id of ids) await lane.ended(consumers[0], id);
    await lane.settled(consumers[1]);
    for (const id of ids) {
      const story = await lane.story(id);
      expect(story.at(-1)).toBe('succeeded');
      expect(story.filter((event) => event === 'succeeded')).toHaveLength(1);
    }
  });

  const fact = (jobId: string) => ({ job_id: jobId, job_type: 'sample', user_id: newId() });
});

/** Headers that a request would have. */
const carriedBy = (id: string) =>
  toMessage({ definition: JobRequested, id, source: 'test', time: new Date(), data: {} }).headers;

const millisecondsBetween = (earlier: { time: string } | undefined, later: { time: string } | undefined) =>
  Date.parse(later?.time ?? '') - Date.parse(earlier?.time ?? '');
