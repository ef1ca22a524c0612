import { millis } from '@nats-io/transport-node';
import { streams } from '@undertone/contracts/streams';
import { listeningAggregate } from '@undertone/contracts/subjects';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { confirmNone } from '../src/event-store/confirm-end.js';
import { EventStore, LogUnavailable } from '../src/event-store/event-store.js';
import { newId } from '../src/ids/ids.js';
import { ensureStream } from '../src/nats/ensure-streams.js';
import { eventually } from '../src/test-kit/eventually.js';
import { startInfrastructure, type TestInfrastructure } from '../src/test-kit/infrastructure.js';
import { NatsCluster } from '../src/test-kit/nats-cluster.js';
import { Counted } from './fixtures/counted.js';

const stream = streams.LISTENING.name;
const counted = () => ({
  definition: Counted,
  id: newId(),
  data: { value: 1 },
  source: 'test',
  time: new Date(),
});

/** Until the servers hear of each other. */
const hasNone = (store: EventStore, filter: string) =>
  eventually('it is certain', () => confirmNone(store, stream, filter).then(() => true));

describe('a stream whose leader is cut off from the other servers', () => {
  let cluster: NatsCluster;
  let infrastructure: TestInfrastructure;

  beforeAll(async () => {
    cluster = await NatsCluster.start();
    infrastructure = await startInfrastructure([], cluster);
  }, 120_000);
  afterAll(() => infrastructure.stop());

  it('is not believed to lack what the others confirmed', async () => {
    const open = async (servers: readonly string[]) =>
      EventStore.open(await infrastructure.connect({ servers: [...servers] }), {
        tryMs: 2_000,
        totalMs: 60_000,
      });
    const everywhere = await open(cluster.url.split(','));
    // They have a leader before all of them are there.
    await eventually(
      'the stream is made',
      () => ensureStream(everywhere.manager, streams.LISTENING, 3).then(() => true),
      60_000,
    );
    const unknown = listeningAggregate(newId());
    await hasNone(everywhere, unknown.filter);

    // Those that never heard of the leader would elect another at once.
    const state = await eventually('the others follow', async () => {
      const { cluster } = await everywhere.manager.streams.info(stream);
      return cluster?.replicas?.every(({ current, active }) => current && millis(active) < 1_500) && cluster;
    });
    const leader = cluster.servers.find(({ name }) => name === state.leader);
    if (!leader) throw new Error(`nobody leads ${stream}`);
    const others = cluster.servers.filter((server) => server !== leader);
    const behind = await open([leader.proxy.url]);
    const ahead = await open(others.map(({ proxy }) => proxy.url));
    leader.partition();
    const aggregate = listeningAggregate(newId());
    await ahead.append(aggregate, counted(), 0);

    // Asked at the first moment: for some seconds the old leader still answers, by what it had.
    await expect(confirmNone(behind, stream, aggregate.filter)).rejects.toBeInstanceOf(LogUnavailable);

    leader.rejoin();
    await eventually('it knows', async () => {
      const last = await behind.last(stream, aggregate.filter).catch(() => undefined);
      return last !== undefined;
    });
    await expect(confirmNone(behind, stream, aggregate.filter)).rejects.toBeInstanceOf(LogUnavailable);
    await hasNone(behind, unknown.filter);
  }, 180_000);
});
