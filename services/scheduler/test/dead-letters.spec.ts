import { AckPolicy, jetstream } from '@nats-io/jetstream';
import { type NatsConnection, nanos } from '@nats-io/transport-node';
import { consumers } from '@undertone/contracts/consumers';
import { type DeadLetter, listDeadLetters } from '@undertone/contracts/jobs/dead-letter';
import { ingestListeningData } from '@undertone/contracts/jobs/ingest-listening-data';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { newId } from '@undertone/platform/ids/ids';
import { requestJob } from '@undertone/platform/jobs/request-job';
import type { RunningService } from '@undertone/platform/nest/start-service';
import { RpcClient } from '@undertone/platform/rpc/rpc-client';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { startInfrastructure, type TestInfrastructure } from '@undertone/platform/test-kit/infrastructure';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startScheduler } from '../src/scheduler.js';

const { name, stream, filters } = consumers.ingestionBulk;

describe('dead letters', () => {
  let infrastructure: TestInfrastructure;
  let nats: NatsConnection;
  let store: EventStore;
  let service: RunningService;
  beforeAll(async () => {
    infrastructure = await startInfrastructure(['scheduler']);
    service = await startScheduler(infrastructure.environment('scheduler'));
    nats = await infrastructure.connect();
    store = await EventStore.open(nats);
  });
  afterAll(async () => {
    await service.close();
    await infrastructure.stop();
  });

  const list = (limit: number, cursor?: string) =>
    new RpcClient(nats).ask(listDeadLetters, { limit, ...(cursor !== undefined && { cursor }) });

  async function pages(limit: number): Promise<DeadLetter[][]> {
    const read: DeadLetter[][] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await list(limit, cursor);
      read.push(page.items);
      cursor = page.next;
    }
    return read;
  }

  it('are what the server gave up on', async () => {
    await store.manager.consumers.add(stream, {
      durable_name: name,
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(200),
      max_deliver: 2,
      filter_subjects: [...filters],
    });
    const payload = { user_id: newId(), time_range: 'short_term' as const };
    await requestJob(store, ingestListeningData, { payload, lane: 'bulk', source: 'test' });
    const worker = await jetstream(nats).consumers.get(stream, name);
    const [letter] = await eventually('the server gives up', async () => {
      await worker.next({ expires: 1_000 });
      const { items } = await list(50);
      return items.length > 0 && items;
    });
    expect(letter).toEqual({
      id: expect.any(String),
      stream,
      stream_sequence: 1,
      consumer: name,
      deliveries: 2,
      happened_at: expect.any(String),
    });
  });

  it('come page by page, newest first, each once although they are of one moment', async () => {
    const advised = ['a', 'b', 'c', 'd', 'e'].map((id) => ({
      type: 'io.nats.jetstream.advisory.v1.max_deliver',
      id,
      timestamp: id === 'a' ? '2099-01-01T00:00:00.000000001Z' : '2098-12-31T23:59:59.999999999Z',
      stream,
      consumer: name,
      stream_seq: 1_000_000,
      deliveries: 2,
    }));
    for (const advisory of advised) {
      const subject = `$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.${stream}.${name}`;
      await jetstream(nats).publish(subject, JSON.stringify(advisory));
    }
    await eventually('all are listed', async () => (await list(50)).items.length === 6);
    const read = await pages(2);
    expect(read.map((page) => page.length)).toEqual([2, 2, 2]);
    expect(
      read
        .flat()
        .slice(0, 5)
        .map(({ id }) => id),
    ).toEqual(['a', 'e', 'd', 'c', 'b']);
  });

  it.each([
    'bm9uc2Vuc2U',
    Buffer.from('["dead-letters",["2026-11-24T09:00:00Z","\\u0000"]]').toString('base64url'),
  ])('refuse the cursor %s, which they never gave', async (cursor) => {
    await expect(list(2, cursor)).rejects.toMatchObject({ status: 422 });
  });
});
