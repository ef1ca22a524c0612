import type { NatsConnection } from '@nats-io/transport-node';
import { millis } from '@nats-io/transport-node';
import { type ConsumerDefinition, consumers } from '@undertone/contracts/consumers';
import { definitionsVersion, type StreamDefinition, streams } from '@undertone/contracts/streams';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventStore } from '../src/event-store/event-store.js';
import { ensureConsumer, ensureStream, WouldLoseData } from '../src/nats/ensure-streams.js';
import { provisionStreams } from '../src/provision/provision-streams.js';
import { startInfrastructure, type TestInfrastructure } from '../src/test-kit/infrastructure.js';
import { consumerOf } from './fixtures/sample-job.js';

const DAY_MS = 24 * 60 * 60 * 1000;

describe('streams and consumers', () => {
  let infrastructure: TestInfrastructure;
  let nats: NatsConnection;
  let manager: EventStore['manager'];
  let streamsMade = 0;
  beforeAll(async () => {
    infrastructure = await startInfrastructure([]);
    nats = await infrastructure.connect();
    ({ manager } = await EventStore.open(nats));
  });
  afterAll(() => infrastructure?.stop());

  /** A stream that is there. */
  async function made(change: Partial<StreamDefinition> = {}): Promise<StreamDefinition> {
    streamsMade += 1;
    const name = `SAMPLE_${streamsMade}`;
    const definition = { name, description: 'a sample', subjects: [`sample-${streamsMade}.a.*`], ...change };
    await ensureStream(manager, definition, 1);
    return definition;
  }
  const configOf = async ({ name }: { name: string }) => (await manager.streams.info(name)).config;

  it('makes every stream and consumer of the contracts, and changes nothing the second time', async () => {
    const make = async () => {
      for (const stream of Object.values<StreamDefinition>(streams)) await ensureStream(manager, stream, 1);
      for (const consumer of Object.values<ConsumerDefinition>(consumers)) {
        await ensureConsumer(manager, consumer, 1);
      }
      const configs: unknown[] = [];
      for (const { name } of Object.values(streams)) {
        configs.push(await configOf({ name }));
        for await (const { config, created } of manager.consumers.list(name))
          configs.push({ config, created });
      }
      return configs;
    };
    const first = await make();
    expect(first).toHaveLength(Object.keys(streams).length + Object.keys(consumers).length);
    expect(await make()).toEqual(first);
  });

  it('keeps the audit for as long as the setting says, longer and shorter than before', async () => {
    const days = async (retention?: { AUDIT_RETENTION_DAYS: number }) => {
      await provisionStreams(nats, 1, retention);
      return millis((await configOf(streams.AUDIT)).max_age) / DAY_MS;
    };
    expect(await days()).toBe(365);
    expect(await days({ AUDIT_RETENTION_DAYS: 30 })).toBe(30);
    expect(await days({ AUDIT_RETENTION_DAYS: 400 })).toBe(400);
    // No other stream goes by it.
    expect(millis((await configOf(streams.JOBS)).max_age) / DAY_MS).toBe(30);
  });

  it('can be asked by many services at once', async () => {
    const definition = { name: 'TOGETHER', description: 'made by many', subjects: ['together.*.*'] };
    const consumer = { ...consumers.plays, name: 'together', stream: 'TOGETHER', filters: ['together.*.a'] };
    const made = await Promise.allSettled(
      Array.from({ length: 8 }, async () => {
        await ensureStream(manager, definition, 1);
        await ensureConsumer(manager, consumer as unknown as ConsumerDefinition, 1);
      }),
    );
    expect(made.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 'fulfilled'));
  });

  it('keeps events for ever, or for as long as it says, and never drops one for another', async () => {
    expect(await configOf(await made())).toMatchObject({
      max_age: 0,
      max_msgs: -1,
      max_bytes: -1,
      discard: 'new',
    });
    const aged = await configOf(await made({ maxAgeDays: 30 }));
    expect(millis(aged.max_age)).toBe(30 * DAY_MS);
  });

  it('takes an added subject and a longer age, and keeps what was there', async () => {
    const before = await made({ maxAgeDays: 1 });
    const [first] = before.subjects as [string];
    nats.publish(first.replace('*', '1'), 'kept');
    await nats.flush();
    await ensureStream(
      manager,
      { ...before, subjects: [first, first.replace('.a.', '.b.')], maxAgeDays: 2, description: 'wider' },
      1,
    );
    const info = await manager.streams.info(before.name);
    expect(info.config.subjects).toHaveLength(2);
    expect(info.config.description).toBe('wider');
    expect(millis(info.config.max_age)).toBe(2 * DAY_MS);
    expect(info.state.messages).toBe(1);
    const { maxAgeDays: _forEver, ...unlimited } = { ...before, subjects: info.config.subjects };
    await ensureStream(manager, unlimited, 1);
    expect((await configOf(before)).max_age).toBe(0);
  });

  it.each([
    ['a subject it no longer takes', { subjects: ['another.*.*'] }, /no longer take sample-\d+\.a\.\*/],
    ['a shorter age', { maxAgeDays: 1 }, /shorter time/],
  ])('refuses %s, and leaves the stream as it was', async (_, change, reason) => {
    const before = await made({ maxAgeDays: 2 });
    const config = await configOf(before);
    const ensured = ensureStream(manager, { ...before, ...change }, 1);
    await expect(ensured).rejects.toBeInstanceOf(WouldLoseData);
    await expect(ensured).rejects.toMatchObject({ code: 'WOULD_LOSE_DATA' });
    await expect(ensured).rejects.toThrow(reason);
    await expect(ensured).rejects.toThrow(before.name);
    expect(await configOf(before)).toEqual(config);
  });

  it('leaves a stream and a consumer as a newer release configured them', async () => {
    const [now, next] = [definitionsVersion, definitionsVersion + 1];
    const older = await made();
    const [first] = older.subjects as [string];
    const newer = { ...older, subjects: [first, first.replace('.a.', '.b.')], description: 'newer' };
    await ensureStream(manager, newer, 1, next);
    await ensureStream(manager, older, 1, now);
    expect(await configOf(older)).toMatchObject({ description: 'newer', subjects: newer.subjects });

    await ensureStream(manager, streams.LISTENING, 1);
    const filters = (...names: string[]) => ({
      ...consumers.plays,
      name: 'filtered',
      filters: names.map((name) => `listening.*.${name}`),
    });
    const filtersNow = async () =>
      (await manager.consumers.info('LISTENING', 'filtered')).config.filter_subjects;
    await ensureConsumer(manager, filters('a'), 1, now);
    await ensureConsumer(manager, filters('a', 'b'), 1, next);
    await ensureConsumer(manager, filters('a'), 1, now);
    expect(await filtersNow()).toEqual(filters('a', 'b').filters);
    await ensureConsumer(manager, filters('b'), 1, next + 1);
    expect((await manager.consumers.info('LISTENING', 'filtered')).config).toMatchObject({
      metadata: { 'undertone.definitions': String(next + 1) },
    });
  });

  it('makes no consumer again that a newer release removed, and uses those that are there', async () => {
    const [older, newer] = [definitionsVersion, definitionsVersion + 1];
    const stream = await made();
    const consumer = {
      ...consumers.plays,
      stream: stream.name,
      filters: stream.subjects,
    } as unknown as ConsumerDefinition;
    const [kept, removed] = [
      { ...consumer, name: 'kept' },
      { ...consumer, name: 'removed' },
    ];
    for (const each of [kept, removed]) expect(await ensureConsumer(manager, each, 1, older)).toBe(true);
    await ensureStream(manager, stream, 1, newer);
    await manager.consumers.delete(stream.name, 'removed');
    expect(await ensureConsumer(manager, kept, 1, older)).toBe(true);
    expect(await ensureConsumer(manager, removed, 1, older)).toBe(false);
    const { state } = await manager.streams.info(stream.name);
    expect(state.consumer_count).toBe(1);
    expect(await ensureConsumer(manager, removed, 1, newer)).toBe(true);
  });

  it('refuses an age where events were kept for ever', async () => {
    const before = await made();
    await expect(ensureStream(manager, { ...before, maxAgeDays: 9_999 }, 1)).rejects.toThrow(WouldLoseData);
  });

  it('brings a consumer to its definition without moving it', async () => {
    await ensureStream(manager, streams.JOBS, 1);
    const consumer = consumerOf('changing', ['a'], 30);
    await ensureConsumer(manager, consumer, 1);
    const { created } = await manager.consumers.info('JOBS', 'changing');
    await ensureConsumer(
      manager,
      { ...consumer, ackWaitSeconds: 7, maxDeliver: 3, filters: ['jobs.*.*.b.requested'] },
      1,
    );
    const info = await manager.consumers.info('JOBS', 'changing');
    expect(millis(info.config.ack_wait ?? 0)).toBe(7_000);
    expect(info.config.max_deliver).toBe(3);
    expect(info.config.filter_subjects ?? [info.config.filter_subject]).toEqual(['jobs.*.*.b.requested']);
    expect(info.created).toBe(created);
  });

  it('lets any number of jobs wait for their next try, also in a lane that is there already', async () => {
    await ensureStream(manager, streams.JOBS, 1);
    const lanes = [consumerOf('waiting-new', ['c']), consumerOf('waiting-old', ['d'])] as const;
    await manager.consumers.add('JOBS', {
      durable_name: 'waiting-old',
      ack_policy: 'explicit',
      filter_subjects: [...lanes[1].filters],
    });
    for (const lane of lanes) {
      await ensureConsumer(manager, lane, 1);
      expect((await manager.consumers.info('JOBS', lane.name)).config.max_ack_pending).toBe(-1);
    }
  });

  it('says so when a stream cannot be made', async () => {
    await made({ name: 'FIRST', subjects: ['overlapping.*'] });
    await expect(
      ensureStream(manager, { name: 'SECOND', description: '', subjects: ['overlapping.*'] }, 1),
    ).rejects.toThrow(/overlap/);
  });
});
