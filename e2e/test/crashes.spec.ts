import { insightAggregate, listeningAggregate } from '@undertone/contracts/subjects';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { eventually } from '@undertone/platform/test-kit/eventually';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '../stack/client.js';
import { type Service, Stack, services } from '../stack/stack.js';

/** How far the path has come when something is killed. */
const moments = ['ingest requested', 'ingest started', 'ingest done', 'generation requested'] as const;
type Moment = (typeof moments)[number];

describe('kill -9 at any moment of the path', () => {
  let stack: Stack;
  let client: Client;
  let store: EventStore;
  beforeAll(async () => {
    stack = await Stack.start();
    client = new Client(stack.url);
    store = await EventStore.open(await stack.infrastructure.connect());
  });
  afterAll(() => stack?.stop());

  const crash = {
    service: (service: Service) => async () => {
      await stack.kill(service);
      await stack.restart(service);
    },
    nats: async () => {
      await stack.infrastructure.nats.kill();
      await stack.infrastructure.nats.restart();
    },
  };

  /** Walks the path, with one crash at one moment of it, and gives back what is in the log. */
  async function walk(name: string, moment: Moment, kill: () => Promise<void>) {
    const at = (now: Moment) => (now === moment ? kill() : undefined);
    const userId = await client.insist('join', () => client.join(name));
    const ingest = await client.insist('ingest', () => client.ingest(userId, name));
    await at('ingest requested');
    if (moment === 'ingest started') {
      await eventually('the ingest starts', async () => {
        return (await client.call('getTask', { task_id: ingest })).status !== 'PENDING';
      });
      await kill();
    }
    const ingested = await client.ended(ingest);
    expect(ingested.error).toBeNull();
    await at('ingest done');
    const snapshotId = String(ingested.result?.snapshot_id);
    const generation = await client.insist('generate', () => client.generate(snapshotId, name));
    await at('generation requested');
    const generated = await client.ended(generation);
    expect(generated.error).toBeNull();

    const snapshots = await client.insist('snapshots', () =>
      client.call('listSnapshots', { user_id: userId }),
    );
    const insights = await client.insist('insights', () => client.call('listInsights', { user_id: userId }));
    expect(snapshots.map(({ id }) => id)).toEqual([snapshotId]);
    expect(insights.map(({ id }) => id)).toEqual([generated.result?.insight_id]);

    const listening = await store.read(listeningAggregate(userId));
    const written = await store.read(insightAggregate(userId));
    const jobs = [
      ...(await store.readFiltered('JOBS', `jobs.*.*.${ingest}.status`)),
      ...(await store.readFiltered('JOBS', `jobs.*.*.${generation}.status`)),
    ];
    return {
      snapshots: listening.filter(({ type }) => type.endsWith('snapshot-computed')).length,
      insights: written.length,
      ends: jobs.filter(({ type }) => /succeeded|failed|revoked/.test(type)).length,
    };
  }

  const once = { snapshots: 1, insights: 1, ends: 2 };

  for (const service of services) {
    for (const moment of moments) {
      it(`${service}, ${moment}: everything happens once`, async () => {
        const name = `${service}-${moment.replaceAll(' ', '-')}`;
        expect(await walk(name, moment, crash.service(service))).toEqual(once);
      });
    }
  }

  for (const moment of moments) {
    it(`nats-server, ${moment}: everything happens once`, async () => {
      expect(await walk(`nats-${moment.replaceAll(' ', '-')}`, moment, crash.nats)).toEqual(once);
    });
  }
});
