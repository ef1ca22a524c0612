import { jetstream } from '@nats-io/jetstream';
import { JobProgressed, JobStarted } from '@undertone/contracts/jobs/job';
import { listeningAggregate } from '@undertone/contracts/subjects';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ConcurrencyConflict, EventStore, LogUnavailable } from '../src/event-store/event-store.js';
import { JobExecution } from '../src/jobs/job-execution.js';
import { eventually } from '../src/test-kit/eventually.js';
import { TcpProxy } from '../src/test-kit/tcp-proxy.js';
import { Child, gate } from './fixtures/child.js';
import { JobLane } from './fixtures/job-lane.js';
import { Effect, leaveEffect, type SampleContext, sampleJob } from './fixtures/sample-job.js';

const echo = async ({ payload }: SampleContext) => ({ echo: payload.text });

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

describe('the job runner, disturbed', () => {
  let lane: JobLane;
  beforeAll(async () => {
    lane = await JobLane.open();
  });
  afterAll(() => lane?.close());

  const workersOf = async (id: string) =>
    (await lane.events(id)).flatMap((event) => JobStarted.read(event)?.worker ?? []);

  it('goes on where the log took its progress and did not say so, and does the work once', async () => {
    const id = await lane.ask();
    const consumer = await lane.consumer([id]);
    const append = EventStore.prototype.append;
    const spy = vi.spyOn(EventStore.prototype, 'append').mockImplementation(async function (
      this: EventStore,
      ...given
    ) {
      const appended = await append.apply(this, given);
      if (given[1].definition.type === JobProgressed.type) throw new LogUnavailable(new Error('no answer'));
      return appended;
    });
    let runs = 0;
    lane.work(consumer, async (context) => {
      runs += 1;
      context.progress({ percent: 50, message: 'half' });
      return echo(context);
    });
    expect(await lane.ended(consumer, id)).toEqual(['requested', 'started 1', 'progressed 1', 'succeeded']);
    spy.mockRestore();
    expect(runs).toBe(1);
  });

  it('stops a job that is cancelled, which stays cancelled', async () => {
    const id = await lane.ask();
    const consumer = await lane.consumer([id]);
    const finished = gate();
    lane.work(consumer, async (context) => {
      await aborted(context.signal);
      // A handler that does not care and gives its result all the same.
      context.progress({ percent: 99, message: 'almost' });
      finished.open();
      return { echo: 'too late' };
    });
    await eventually('it runs', async () => (await lane.story(id)).includes('started 1'));
    await lane.revoke(id);
    await finished.opened;
    expect(await lane.ended(consumer, id)).toEqual(['requested', 'started 1', 'revoked']);
  });

  it('goes on where it hears of a cancellation that the log did not take', async () => {
    const id = await lane.ask();
    const consumer = await lane.consumer([id]);
    const work = gate();
    const listening = vi.spyOn(JobExecution.prototype, 'onRevoked');
    let signal: AbortSignal | undefined;
    lane.work(consumer, async (context) => {
      signal = context.signal;
      await work.opened;
      return echo(context);
    });
    await eventually('it listens', () => listening.mock.calls.length > 0);
    listening.mockRestore();
    const heard = gate();
    const subscription = lane.nats.subscribe(`jobs.*.*.${id}.status`, { callback: heard.open });
    await lane.nats.flush();
    // Decided on what the job was before it started: whoever listens gets the message all the same.
    await expect(lane.revoke(id, 1)).rejects.toBeInstanceOf(ConcurrencyConflict);
    await heard.opened;
    await lane.nats.flush();
    subscription.unsubscribe();
    expect(signal?.aborted).toBe(false);
    work.open();
    expect(await lane.ended(consumer, id)).toEqual(['requested', 'started 1', 'succeeded']);
  });

  it('does not start what was cancelled before', async () => {
    const revoked = await lane.ask();
    await lane.revoke(revoked);
    const next = await lane.ask();
    const consumer = await lane.consumer([revoked, next]);
    const called: string[] = [];
    lane.work(consumer, async (context) => {
      called.push(context.jobId);
      return echo(context);
    });
    await lane.ended(consumer, next);
    expect(await lane.story(revoked)).toEqual(['requested', 'revoked']);
    expect(called).toEqual([next]);
  });

  it('keeps its connection when something unreadable is said of a job', async () => {
    const [id, next] = [await lane.ask(), await lane.ask()];
    const consumer = await lane.consumer([id, next]);
    const nats = await lane.infrastructure.connect();
    const lost: string[] = [];
    void (async () => {
      for await (const { type } of nats.status()) lost.push(type);
    })();
    const work = gate();
    let signal: AbortSignal | undefined;
    lane.work(
      consumer,
      async (context) => {
        signal ??= context.signal;
        await work.opened;
        return echo(context);
      },
      { nats, store: await EventStore.open(nats) },
    );
    await eventually('it runs', () => signal !== undefined);
    lane.nats.publish(`jobs.spotify.interactive.${id}.status`, 'junk');
    await lane.nats.flush();
    work.open();
    expect((await lane.ended(consumer, next)).at(-1)).toBe('succeeded');
    expect(signal?.aborted).toBe(false);
    expect(lost).not.toContain('disconnect');
  });

  it('ends a job once that a killed worker left between effect and acknowledgement', async () => {
    const id = await lane.ask();
    const consumer = await lane.consumer([id], 2);
    const child = Child.start('dying-worker.ts', {
      NATS_URL: lane.infrastructure.nats.url,
      NATS_NKEY: lane.infrastructure.environment('sample').NATS_NKEY ?? '',
      CONSUMER: JSON.stringify(consumer),
    });
    await child.says('effect');
    await child.kill();
    expect(await lane.store.read(listeningAggregate(id))).toHaveLength(1);

    lane.work(consumer, async (context) => {
      await leaveEffect(lane.store, context);
      return echo(context);
    });
    expect(await lane.ended(consumer, id)).toEqual(['requested', 'started 1', 'started 2', 'succeeded']);
    expect(await workersOf(id)).toEqual(['the-dying', 'worker-1']);
    const effects = await lane.store.read(listeningAggregate(id));
    expect(effects.map((event) => Effect.read(event)?.attempt)).toEqual([1]);
  });

  it('tells the handler of a worker that was frozen past its lease that another one has the job', async () => {
    const id = await lane.ask();
    const consumer = await lane.consumer([id], 2);
    const frozen = Child.start('freezing-worker.ts', {
      NATS_URL: lane.infrastructure.nats.url,
      NATS_NKEY: lane.infrastructure.environment('sample').NATS_NKEY ?? '',
      CONSUMER: JSON.stringify(consumer),
    });
    try {
      await frozen.says('working');
      frozen.signal('SIGSTOP');
      const work = gate();
      lane.work(consumer, async (context) => {
        await work.opened;
        return echo(context);
      });
      await eventually('another one has it', async () => (await lane.story(id)).at(-1) === 'started 2');
      frozen.signal('SIGCONT');
      await frozen.says('aborted: JobTakenOver');
      work.open();
      expect(await lane.ended(consumer, id)).toEqual(['requested', 'started 1', 'started 2', 'succeeded']);
      expect(await workersOf(id)).toEqual(['the-frozen', 'worker-1']);
    } finally {
      await frozen.kill();
    }
  });

  it('lets a worker that was frozen while its job was cancelled write nothing more', async () => {
    const id = await lane.ask();
    // Its heartbeats are far apart, so that it has to ask.
    const consumer = await lane.consumer([id], 120);
    const frozen = Child.start('freezing-worker.ts', {
      NATS_URL: lane.infrastructure.nats.url,
      NATS_NKEY: lane.infrastructure.environment('sample').NATS_NKEY ?? '',
      CONSUMER: JSON.stringify(consumer),
    });
    try {
      await frozen.says('working');
      frozen.signal('SIGSTOP');
      await lane.revoke(id);
      frozen.tell('write');
      frozen.signal('SIGCONT');
      await frozen.says('refused: JobCancelled');
      await frozen.says('aborted: JobCancelled');
      expect(await lane.ended(consumer, id)).toEqual(['requested', 'started 1', 'revoked']);
    } finally {
      await frozen.kill();
    }
  });

  it('does not put back a job that another worker has, when its own try fails', async () => {
    const id = await lane.ask();
    // Two consumers, so that the second worker has the job while the first one still works on it.
    const consumers = [await lane.consumer([id]), await lane.consumer([id])] as const;
    const [first, second] = [gate(), gate()];
    const worker = lane.work(consumers[0], () =>
      first.opened.then(() => {
        throw new Error('a late failure');
      }),
    );
    await eventually('the first has it', async () => (await lane.story(id)).at(-1) === 'started 1');
    lane.work(consumers[1], async (context) => {
      await second.opened;
      return echo(context);
    });
    await eventually('the second has it', async () => (await lane.story(id)).at(-1) === 'started 2');
    const putBack: string[] = [];
    lane.nats.subscribe(`$JS.EVENT.ADVISORY.CONSUMER.MSG_NAKED.JOBS.${consumers[0].name}`, {
      callback: (_error, message) => void putBack.push(message.subject),
    });
    first.open();
    await worker.stop(10_000);
    // The server tells of one before it answers this.
    await lane.store.manager.consumers.info('JOBS', consumers[0].name);
    second.open();
    await lane.settled(consumers[1]);
    expect(await lane.story(id)).toEqual(['requested', 'started 1', 'started 2', 'succeeded']);
    expect(putBack).toEqual([]);
  });

  it('lets a running job end when it is stopped, and takes no other', async () => {
    const ids = [await lane.ask(), await lane.ask()] as const;
    const consumer = await lane.consumer(ids);
    const work = gate();
    const runner = lane.work(consumer, (context) => work.opened.then(() => echo(context)));
    await eventually('the first runs', async () => (await lane.story(ids[0])).includes('started 1'));
    const stopped = runner.stop(20_000);
    work.open();
    await stopped;
    expect(await lane.story(ids[0])).toEqual(['requested', 'started 1', 'succeeded']);
    expect(await lane.story(ids[1])).toEqual(['requested']);
  });

  it('hands a running job back when its time is up, to another worker at once', async () => {
    const id = await lane.ask();
    const consumer = await lane.consumer([id], 120);
    let reason: unknown;
    const runner = lane.work(consumer, async (context) => {
      await aborted(context.signal);
      reason = context.signal.reason;
      throw reason;
    });
    await eventually('it runs', async () => (await lane.story(id)).includes('started 1'));
    await runner.stop(0);
    expect(reason).toMatchObject({ message: 'the process shuts down' });
    lane.work(consumer, echo, { worker: 'worker-2' });
    // Far sooner than the server would have noticed by itself.
    expect(await lane.ended(consumer, id)).toEqual([
      'requested',
      'started 1',
      'retrying 1 INTERRUPTED',
      'started 1',
      'succeeded',
    ]);
    expect(await workersOf(id)).toEqual(['worker-1', 'worker-2']);
  });

  it('is stopped more often than a job may be tried, and costs it no try', async () => {
    const id = await lane.ask();
    const consumer = await lane.consumer([id], 120);
    for (let stops = 1; stops <= sampleJob.maxAttempts + 1; stops += 1) {
      const runner = lane.work(consumer, (context) => aborted(context.signal).then(() => echo(context)));
      await eventually('it runs', async () => {
        const story = await lane.story(id);
        return story.filter((event) => event === 'started 1').length === stops;
      });
      await runner.stop(0);
    }
    lane.work(consumer, echo);
    expect((await lane.ended(consumer, id)).slice(-2)).toEqual(['started 1', 'succeeded']);
  });

  it('hands back even what it was just given when it is stopped', async () => {
    const id = await lane.ask();
    const consumer = await lane.consumer([id], 120);
    // Only what was delivered before is looked up.
    const pull = await jetstream(lane.nats).consumers.get('JOBS', consumer.name);
    (await pull.next())?.nak();
    const lookingUp = gate();
    const goOn = gate();
    const store: EventStore = Object.create(lane.store, {
      last: {
        value: async (stream: string, filter: string) => {
          lookingUp.open();
          await goOn.opened;
          return lane.store.last(stream, filter);
        },
      },
    });
    let called = false;
    const runner = lane.work(
      consumer,
      async () => {
        called = true;
        return new Promise<never>(() => undefined);
      },
      { store },
    );
    await lookingUp.opened;
    const stopped = runner.stop(0);
    // Behind the end of the grace, which is due at once.
    setTimeout(goOn.open, 0);
    await stopped;
    expect(called).toBe(false);
    lane.work(consumer, echo);
    expect((await lane.ended(consumer, id)).at(-1)).toBe('succeeded');
  });

  it('stops although the server is gone', async () => {
    const id = await lane.ask();
    const consumer = await lane.consumer([id]);
    const runner = lane.work(consumer, echo, { slots: 2 });
    await lane.ended(consumer, id);
    await lane.infrastructure.nats.kill();
    try {
      await runner.stop(0);
    } finally {
      await lane.infrastructure.nats.restart();
    }
  });

  it('ends a job once while the server dies and comes back', async () => {
    const id = await lane.ask();
    const consumer = await lane.consumer([id], 2);
    const work = gate();
    lane.work(consumer, async (context) => {
      await work.opened;
      await leaveEffect(lane.store, context);
      return echo(context);
    });
    await eventually('it runs', async () => (await lane.story(id)).includes('started 1'));
    await lane.infrastructure.nats.kill();
    work.open();
    await lane.infrastructure.nats.restart();
    const story = await lane.ended(consumer, id);
    expect(story.at(-1)).toBe('succeeded');
    expect(story.filter((event) => event === 'succeeded')).toHaveLength(1);
    expect(await lane.store.read(listeningAggregate(id))).toHaveLength(1);
  });

  it('does not take a lost acknowledgement for a failure', async () => {
    const id = await lane.ask();
    const consumer = await lane.consumer([id], 2);
    const proxy = await TcpProxy.to(lane.infrastructure.nats.url);
    let lost = 0;
    proxy.toServer = (chunk) => {
      if (lost > 0 || !chunk.includes('+ACK')) return chunk;
      lost += 1;
      return undefined;
    };
    const nats = await lane.infrastructure.connect({ servers: proxy.url });
    let calls = 0;
    const runner = lane.work(
      consumer,
      async (context) => {
        calls += 1;
        return echo(context);
      },
      { nats, store: await EventStore.open(nats) },
    );
    expect(await lane.ended(consumer, id)).toEqual(['requested', 'started 1', 'succeeded']);
    expect({ calls, lost }).toEqual({ calls: 1, lost: 1 });
    await runner.stop(0);
    await nats.close();
    await proxy.close();
  });
});
