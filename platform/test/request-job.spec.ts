import { type NatsConnection } from '@nats-io/transport-node';
import { defineJob, JobRequested } from '@undertone/contracts/jobs/job';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { EventStore, LogUnavailable } from '../src/event-store/event-store.js';
import { newId } from '../src/ids/ids.js';
import { IdempotencyMismatch, requestJob } from '../src/jobs/request-job.js';
import { TcpProxy } from '../src/test-kit/tcp-proxy.js';
import { aggregateOf, JobLane } from './fixtures/job-lane.js';

const importJob = defineJob({
  type: 'import',
  queue: 'spotify',
  maxAttempts: 1,
  payload: z.object({
    user_id: z.uuid(),
    file: z.string(),
    note: z.string().optional(),
    since: z.date().optional(),
  }),
  result: z.object({}),
});
type Payload = z.output<typeof importJob.payload>;

describe('asking for a job', () => {
  let lane: JobLane;
  beforeAll(async () => {
    lane = await JobLane.open();
  });
  afterAll(() => lane?.close());

  const ask = (payload: Payload, idempotencyKey?: string) =>
    requestJob(lane.store, importJob, { payload, lane: 'interactive', source: 'gateway', idempotencyKey });
  const payloadOf = (change: Partial<Payload> = {}): Payload => ({
    user_id: newId(),
    file: 'a.zip',
    ...change,
  });
  const messages = async () => (await lane.store.manager.streams.info('JOBS')).state.messages;

  it('is one event, which says all that a worker needs', async () => {
    const payload = payloadOf();
    const id = await ask(payload);
    const events = await lane.events(id);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      id,
      subject: `${aggregateOf(id).prefix}.requested`,
      source: '/undertone/gateway',
      correlationId: id,
    });
    expect(events[0] && JobRequested.read(events[0])).toEqual({
      job_id: id,
      job_type: 'import',
      user_id: payload.user_id,
      queue: 'spotify',
      lane: 'interactive',
      payload,
    });
  });

  it('is refused in a lane that nobody works on', async () => {
    const before = await messages();
    const request = { payload: payloadOf(), lane: 'interactive', source: 'test' } as const;
    const refused = requestJob(lane.store, { ...importJob, queue: 'scheduled' }, request);
    await expect(refused).rejects.toThrow('nobody works on the interactive lane of the queue scheduled');
    expect(await messages()).toBe(before);
  });

  it('without a key, is another job every time', async () => {
    const payload = payloadOf();
    expect(await ask(payload)).not.toBe(await ask(payload));
  });

  it('with the same key, is the same job, also when it has begun or a lot happened since', async () => {
    const payload = payloadOf();
    const id = await ask(payload, 'key');
    expect(await ask(payload, 'key')).toBe(id);
    await lane.revoke(id);
    for (let others = 0; others < 5; others += 1) await lane.ask();
    expect(await ask(payload, 'key')).toBe(id);
    expect(await lane.story(id)).toEqual(['requested', 'revoked']);
  });

  it('takes fields that are absent, undefined or dates for what they are in the log', async () => {
    const since = new Date('2026-11-23T10:00:00Z');
    const payload = payloadOf({ since });
    const id = await ask({ ...payload, note: undefined } as Payload, 'key');
    expect(await ask(payload, 'key')).toBe(id);
    expect(await ask({ ...payload, since: new Date(since) }, 'key')).toBe(id);
  });

  it('keeps the keys of users and of kinds of jobs apart', async () => {
    const payload = payloadOf();
    const id = await ask(payload, 'key');
    expect(await ask({ ...payload, user_id: newId() }, 'key')).not.toBe(id);
    const other = await requestJob(
      lane.store,
      { ...importJob, type: 'export' },
      { payload, lane: 'interactive', source: 'gateway', idempotencyKey: 'key' },
    );
    expect(other).not.toBe(id);
  });

  it('refuses a key that was used with another request', async () => {
    const payload = payloadOf();
    const id = await ask(payload, 'key');
    const before = await messages();
    const mismatched = ask({ ...payload, file: 'b.zip' }, 'key');
    await expect(mismatched).rejects.toBeInstanceOf(IdempotencyMismatch);
    await expect(mismatched).rejects.toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
    expect(await messages()).toBe(before);
    expect(await ask(payload, 'key')).toBe(id);
  });

  it('does not call a request the same that cannot be found', async () => {
    const payload = payloadOf();
    await ask(payload, 'key');
    const blind: EventStore = Object.create(lane.store, { last: { value: async () => undefined } });
    await expect(
      requestJob(blind, importJob, {
        payload: { ...payload, file: 'b.zip' },
        lane: 'interactive',
        source: 'gateway',
        idempotencyKey: 'key',
      }),
    ).rejects.toBeInstanceOf(LogUnavailable);
  });

  it('is one job for twenty identical requests at once', async () => {
    const payload = payloadOf();
    const before = await messages();
    const ids = await Promise.all(Array.from({ length: 20 }, () => ask(payload, 'key')));
    expect(new Set(ids).size).toBe(1);
    expect(await messages()).toBe(before + 1);
  });

  it('is one job for different requests with one key at once, and the others hear of it', async () => {
    const payload = payloadOf();
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, number) => ask({ ...payload, file: `${number}.zip` }, 'key')),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(IdempotencyMismatch);
    }
  });

  describe('reads the log', () => {
    let asked: string[];
    let counting: NatsConnection;
    beforeAll(async () => {
      counting = await lane.infrastructure.connect();
      // Every way in which the server is asked for what a stream holds.
      for (const subject of ['$JS.API.STREAM.MSG.GET.>', '$JS.API.DIRECT.GET.>', '$JS.API.CONSUMER.>']) {
        counting.subscribe(subject, { callback: (_error, message) => void asked.push(message.subject) });
      }
      await counting.flush();
    });

    /** What the server was asked for meanwhile. */
    async function readsOf<T>(work: () => Promise<T>): Promise<{ given: T; reads: number }> {
      asked = [];
      const given = await work();
      // The server sent what it was asked before it answered the one that asked.
      await counting.flush();
      return { given, reads: asked.length };
    }

    it('not at all when the request is new, with a key or without', async () => {
      expect((await readsOf(() => ask(payloadOf(), 'key'))).reads).toBe(0);
      expect((await readsOf(() => ask(payloadOf()))).reads).toBe(0);
    });

    it('when the log has the request, to compare it', async () => {
      const payload = payloadOf();
      const id = await ask(payload, 'key');
      const again = await readsOf(() => ask(payload, 'key'));
      expect(again.given).toBe(id);
      expect(again.reads).toBeGreaterThan(0);
    });

    it('when a confirmation was lost: the log has it, and nobody knows from which try', async () => {
      const proxy = await TcpProxy.to(lane.infrastructure.nats.url);
      const nats = await lane.infrastructure.connect({ servers: proxy.url });
      const store = await EventStore.open(nats, { tryMs: 500, totalMs: 10_000 });
      const lost: string[] = [];
      proxy.toClient = (chunk) => {
        const isConfirmation = chunk.includes('"stream":"JOBS"') && chunk.includes('"seq":');
        if (!isConfirmation || lost.length > 0) return chunk;
        lost.push(chunk.toString());
        return undefined;
      };
      const request = { payload: payloadOf(), lane: 'interactive', source: 'test' } as const;
      const { given: id, reads } = await readsOf(() =>
        requestJob(store, importJob, { ...request, idempotencyKey: 'key' }),
      );
      expect(lost).toHaveLength(1);
      expect(reads).toBeGreaterThan(0);
      expect(await lane.story(id)).toEqual(['requested']);
      await nats.close();
      await proxy.close();
    });
  });
});
