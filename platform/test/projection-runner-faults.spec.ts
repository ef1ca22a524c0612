import type { MikroORM } from '@mikro-orm/postgresql';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EventStore } from '../src/event-store/event-store.js';
import { eventually } from '../src/test-kit/eventually.js';
import { TcpProxy } from '../src/test-kit/tcp-proxy.js';
import { Child, gate } from './fixtures/child.js';
import { openTally } from './fixtures/tally.js';
import { TallyBench, type TallyFeed } from './fixtures/tally-feed.js';

/** The server waits this long (in its definition) before it delivers what a dead replica had in hand. */
const SERVER_WAITS_MS = 60_000;
const WITHIN_SECONDS_MS = 15_000;
/** The server ends the idle transaction after 3 s (15 s where nobody waits), and the consumer is handed over in 15. */
const THAWED_WITHIN_MS = 40_000;

describe('the projection runner, disturbed', () => {
  let bench: TallyBench;
  let feed: TallyFeed;
  const children: Child[] = [];
  beforeAll(async () => {
    bench = await TallyBench.open();
  });
  beforeEach(async () => {
    feed = await bench.feed();
  });
  afterEach(async () => {
    await Promise.all([feed.stop(), ...children.splice(0).map((child) => child.kill())]);
  });
  afterAll(() => bench?.close());

  function dyingReplica(dies: 'applying' | 'frozen' | 'committed'): Child {
    const child = Child.start('dying-projection.ts', {
      NATS_URL: bench.infrastructure.nats.url,
      NATS_NKEY: bench.infrastructure.environment('sample').NATS_NKEY ?? '',
      DATABASE_URL: bench.infrastructure.databaseUrl('sample'),
      CONSUMER: JSON.stringify(feed.consumer),
      DIES: dies,
    });
    children.push(child);
    return child;
  }

  /** A replica whose network can be cut. */
  async function replicaBehindProxy() {
    const proxy = await TcpProxy.to(bench.infrastructure.nats.url);
    const nats = await bench.infrastructure.connect({ servers: proxy.url, pingInterval: 500 });
    const runner = feed.replica(undefined, { nats, store: await EventStore.open(nats) });
    return {
      cut: () => {
        proxy.silent = true;
      },
      mend: async () => {
        await proxy.close();
        proxy.silent = false;
        await proxy.open();
      },
      end: async () => {
        await runner.stop();
        await nats.close();
        await proxy.close();
      },
    };
  }

  it('applies nothing twice after a replica died between commit and acknowledgement', async () => {
    await feed.append(1);
    const child = dyingReplica('committed');
    await feed.caughtUp();
    await feed.append(10);
    await child.ended();
    const left = await feed.rows();
    expect(left.length).toBeGreaterThan(1);

    feed.replica();
    expect(await feed.caughtUp(WITHIN_SECONDS_MS)).toEqual(feed.all);
    await eventually('all is acknowledged', async () => {
      const info = await bench.store.manager.consumers.info('LISTENING', feed.consumer.name);
      return info.num_pending === 0 && info.num_ack_pending === 0;
    });
    expect(await feed.rows()).toEqual(feed.all);
  });

  it('takes over within seconds from a replica that died with events in hand', async () => {
    await feed.append(1);
    const child = dyingReplica('applying');
    await feed.caughtUp();
    await feed.append(200);
    await child.says('holding');
    feed.replica();
    const since = Date.now();
    await child.kill();
    // Nothing new happens that would wake the standby.
    expect(await feed.caughtUp(WITHIN_SECONDS_MS)).toEqual(feed.all);
    expect(Date.now() - since).toBeLessThan(SERVER_WAITS_MS / 4);
  });

  it('does not wait for a replica that is frozen with its transaction open, and is not harmed when that wakes', async () => {
    await feed.append(1);
    const frozen = dyingReplica('frozen');
    await feed.caughtUp();
    await feed.append(200);
    await frozen.says('holding');
    frozen.signal('SIGSTOP');
    const other = feed.replica();
    expect(await feed.caughtUp(THAWED_WITHIN_MS)).toEqual(feed.all);

    frozen.signal('SIGCONT');
    frozen.tell('go on');
    await feed.append(20);
    expect(await feed.caughtUp(WITHIN_SECONDS_MS)).toEqual(feed.all);
    await other.stop();
    await feed.append(20);
    // It lives, and takes over.
    expect(await feed.caughtUp(WITHIN_SECONDS_MS)).toEqual(feed.all);
  });

  it('lets one of two replicas be active, and changes over without a loss, a repeat or a swap', async () => {
    const replicas = [await replicaBehindProxy(), await replicaBehindProxy()] as const;
    await feed.append(20);
    await feed.caughtUp();
    for (const round of [0, 1]) {
      const replica = replicas[round % 2 === 0 ? 0 : 1];
      await feed.append(40);
      replica.cut();
      await feed.append(40);
      expect(await feed.caughtUp(WITHIN_SECONDS_MS)).toEqual(feed.all);
      await replica.mend();
    }
    await feed.append(20);
    expect(await feed.caughtUp(WITHIN_SECONDS_MS)).toEqual(feed.all);
    for (const replica of replicas) await replica.end();
  });

  it('is not disturbed by a replica that comes late with what it had in hand', async () => {
    await feed.append(1);
    const proxy = await TcpProxy.to(bench.infrastructure.nats.url);
    const nats = await bench.infrastructure.connect({ servers: proxy.url });
    const holding = gate();
    const goOn = gate();
    let batches = 0;
    const late = feed.replica(
      async (events, em) => {
        batches += 1;
        if (batches === 2) {
          holding.open();
          await goOn.opened;
        }
        await feed.tally(events, em);
        return undefined;
      },
      { nats, store: await EventStore.open(nats) },
    );
    await feed.caughtUp();
    await feed.append(10);
    await holding.opened;
    proxy.silent = true;
    let taken = 0;
    feed.replica(
      async (events, em) => {
        taken += events.length;
        await feed.tally(events, em);
        return undefined;
      },
      { orm: await openTally(bench.infrastructure.databaseUrl('sample')) },
    );
    await feed.append(10);
    await eventually('the other waits for its turn', async () => {
      const [waiting] = await bench.orm.em.fork().execute(
        `select count(*)::int as count from pg_locks join pg_stat_activity using (pid)
            where not granted and locktype = 'transactionid' and datname = current_database()`,
      );
      return waiting?.count > 0;
    });
    expect(taken).toBe(0);
    goOn.open();
    expect(await feed.caughtUp(WITHIN_SECONDS_MS)).toEqual(feed.all);
    proxy.silent = false;
    await proxy.close();
    await late.stop();
    await nats.close();
    expect(await feed.rows()).toEqual(feed.all);
  });

  it('goes on after Postgres was away', async () => {
    const proxy = await TcpProxy.to(bench.infrastructure.databaseUrl('sample'));
    const orm = await openTally(proxy.url);
    const runner = feed.replica(undefined, { orm });
    await feed.append(5);
    await feed.caughtUp();
    await proxy.close();
    await feed.append(5);
    await eventually('it says that it cannot', () => runner.lastError !== undefined);
    await feed.append(5);
    await proxy.open();
    expect(await feed.caughtUp(WITHIN_SECONDS_MS)).toEqual(feed.all);
    await eventually('it is well again', () => runner.lastError === undefined);
    await runner.stop();
    await orm.close();
    await proxy.close();
  });

  it('goes on after the server died with events under way', async () => {
    const holding = gate();
    const goOn = gate();
    await feed.append(50);
    feed.replica(async (events, em) => {
      holding.open();
      await goOn.opened;
      await feed.tally(events, em);
      return undefined;
    });
    await holding.opened;
    await bench.infrastructure.nats.kill();
    goOn.open();
    await bench.infrastructure.nats.restart();
    expect(await feed.caughtUp(WITHIN_SECONDS_MS)).toEqual(feed.all);
    await feed.append(50);
    expect(await feed.caughtUp(WITHIN_SECONDS_MS)).toEqual(feed.all);
  });

  it('takes over after both the server and the replica with events in hand died', async () => {
    await feed.append(1);
    const child = dyingReplica('applying');
    await feed.caughtUp();
    await feed.append(200);
    await child.says('holding');
    await bench.infrastructure.nats.kill();
    await child.kill();
    await bench.infrastructure.nats.restart();
    feed.replica();
    expect(await feed.caughtUp(WITHIN_SECONDS_MS)).toEqual(feed.all);
  });

  it('notices a gap that its connection left, and skips nothing', async () => {
    const replica = await replicaBehindProxy();
    await feed.append(1);
    await feed.caughtUp();
    replica.cut();
    await feed.append(5);
    await eventually('the server has sent it', async () => {
      const info = await bench.store.manager.consumers.info('LISTENING', feed.consumer.name);
      return info.num_ack_pending > 0;
    });
    await replica.mend();
    // So soon that the server still takes it for the active one, and goes on behind what was lost.
    for (let more = 0; more < 50; more += 1) await feed.append(1);
    expect(await feed.caughtUp(WITHIN_SECONDS_MS)).toEqual(feed.all);
    await replica.end();
  });

  it('finds what the server sent into a connection that was no more', async () => {
    const replica = await replicaBehindProxy();
    await feed.append(1);
    await feed.caughtUp();
    replica.cut();
    await feed.append(10);
    await eventually('the server has sent it', async () => {
      const info = await bench.store.manager.consumers.info('LISTENING', feed.consumer.name);
      return info.num_ack_pending > 0;
    });
    await replica.mend();
    // Nothing new happens that would show the gap.
    expect(await feed.caughtUp(WITHIN_SECONDS_MS)).toEqual(feed.all);
    await replica.end();
  });

  it('applies nothing that it had in hand when its checkpoint was put back', async () => {
    const [met, released] = [gate(), gate()];
    let isHeld = false;
    const fork = () => {
      const em = bench.orm.em.fork();
      const transactional = em.transactional.bind(em);
      em.transactional = async (...work) => {
        if (isHeld) {
          met.open();
          await released.opened;
        }
        return transactional(...work);
      };
      return em;
    };
    feed.replica(undefined, { orm: { em: { fork } } as unknown as MikroORM });
    await feed.append(3);
    await feed.caughtUp();
    isHeld = true;
    await feed.append(1);
    await met.opened;
    // As a replica does that reads again what its rows lack, while this one waits for a connection.
    await feed.forget();
    await eventually('the consumer goes on at the checkpoint', async () => {
      const info = await bench.store.manager.consumers.info('LISTENING', feed.consumer.name);
      return info.ack_floor.stream_seq < (feed.sequences[0] ?? 0);
    });
    isHeld = false;
    released.open();
    expect(await feed.caughtUp(WITHIN_SECONDS_MS)).toEqual(feed.all);
  });

  it('applies nothing that an earlier reset had sent, however the two cross', async () => {
    const [met, released] = [gate(), gate()];
    let [resets, isMet] = [0, false];
    const { manager } = bench.store;
    const consumers = Object.create(manager.consumers, {
      reset: {
        value: async (...of: Parameters<typeof manager.consumers.reset>) => {
          await manager.consumers.reset(...of);
          resets += 1;
          if (isMet) released.open();
        },
      },
    });
    const direct = Object.create(manager.direct, {
      getMessage: {
        value: async (...of: Parameters<typeof manager.direct.getMessage>) => {
          const message = await manager.direct.getMessage(...of);
          // The first delivery after the reset is looked at.
          if (resets === 1 && !isMet) {
            isMet = true;
            met.open();
            await released.opened;
          }
          return message;
        },
      },
    });
    const before = feed.replica();
    await feed.append(3);
    await feed.caughtUp();
    await before.stop();
    await feed.append(1);
    const slow = Object.create(manager, { consumers: { value: consumers }, direct: { value: direct } });
    feed.replica(undefined, { store: Object.create(bench.store, { manager: { value: slow } }) });
    await met.opened;
    await feed.forget();
    expect(await feed.caughtUp(WITHIN_SECONDS_MS)).toEqual(feed.all);
  });
});
