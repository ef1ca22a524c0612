import type { MikroORM } from '@mikro-orm/postgresql';
import type { RebuildState } from '@undertone/contracts/rebuild';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readEvent } from '../src/event-store/cloudevents.js';
import { newId } from '../src/ids/ids.js';
import type { Projection } from '../src/projections/projection.js';
import { ProjectionCheckpoint } from '../src/projections/projection-checkpoint.entity.js';
import { LeaseLost, RebuildLease } from '../src/projections/rebuild-lease.js';
import { Rebuilds } from '../src/projections/rebuilds.js';
import { ShadowRebuild } from '../src/projections/shadow-rebuild.js';
import { openShadow, ShadowTables } from '../src/projections/shadow-schema.js';
import { eventually } from '../src/test-kit/eventually.js';
import { gate } from './fixtures/child.js';
import { Tally } from './fixtures/tally.js';
import { TallyBench, type TallyFeed } from './fixtures/tally-feed.js';

const database = { schema: 'sample', entities: [ProjectionCheckpoint, Tally], migrations: [] };

describe('the rebuilds of one projection', () => {
  let bench: TallyBench;
  let feed: TallyFeed;
  let shadow: MikroORM;
  let told: string[];
  const replicas: Rebuilds[] = [];
  beforeAll(async () => {
    bench = await TallyBench.open();
    feed = await bench.feed();
    shadow = await openShadow(database, { DATABASE_URL: bench.infrastructure.databaseUrl('sample') });
    await feed.append(5);
    feed.replica();
    await feed.caughtUp();
  });
  beforeEach(() => {
    told = [];
  });
  afterEach(() => Promise.all(replicas.splice(0).map((replica) => replica.stop())));
  afterAll(async () => {
    await feed?.stop();
    await shadow?.close();
    await bench?.close();
  });

  /** The rebuilds of one replica of the service. */
  function replica(
    apply: Projection['apply'] = async (events, em) => void (await feed.tally(events, em)),
  ): Rebuilds {
    const { nats, store, orm } = bench;
    const rebuilds = new Rebuilds({
      service: 'ingestion',
      nats,
      store,
      orm,
      database,
      server: { DATABASE_URL: bench.infrastructure.databaseUrl('sample') },
      // Nothing that it builds is cached.
      cache: { renewEpoch: () => expect.unreachable() },
      log: pino({}, { write: (line: string) => told.push(JSON.parse(line).msg) }),
      rebuildable: new Map([[feed.consumer.name, { consumer: feed.consumer, tables: [Tally] }]]),
      running: () => ({ projection: { consumer: feed.consumer, apply }, read: readEvent }),
    });
    replicas.push(rebuilds);
    return rebuilds;
  }
  const name = 'tally-1';
  const reaches = (rebuilds: Rebuilds, status: RebuildState['status']) =>
    eventually(`the rebuild is ${status}`, async () => (await rebuilds.state(name)).status === status);
  const swaps = () => told.filter((line) => line === 'readers see the rebuilt tables').length;
  const shadowed = async () => (await shadow.em.fork().execute('select value from tally')).length;

  it('are one, however many are asked for at one moment, and in whichever replica', async () => {
    const two = [replica(), replica()];
    // Connected before, so that all are asked at one moment.
    await Promise.all(two.map((one) => one.list()));
    const asked = Array.from({ length: 8 }, (_, n) => two[n % 2]?.start(name, 'never'));
    const outcomes = await Promise.allSettled(asked);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'REBUILD_UNDER_WAY' });
    }
    const [one] = two as [Rebuilds, Rebuilds];
    await reaches(one, 'equal');
    await one.clear(name);
  });

  it('are the one that began last, where one was silent: the other stops, and swaps and says nothing', async () => {
    const holding = gate();
    const goOn = gate();
    const silent = replica(async (events, em) => {
      holding.open();
      await goOn.opened;
      await feed.tally(events, em);
    });
    const next = replica();
    await silent.start(name, 'always');
    await holding.opened;
    await eventually('another one may begin', async () => {
      await shadow.em
        .fork()
        .execute(`update rebuild set state = jsonb_set(state, '{updated_at}', '"2020-01-01T00:00:00Z"')`);
      return next.start(name, 'always').catch(() => false);
    });
    goOn.open();
    await reaches(next, 'swapped');
    await eventually('the other one stopped', async () =>
      told.includes('the rebuild of a projection failed'),
    );
    expect(swaps()).toBe(1);
    expect(await next.state(name)).toMatchObject({ status: 'swapped', error: null });
    expect(await feed.rows()).toEqual(feed.all);
    await feed.append(2);
    expect(await feed.caughtUp()).toEqual(feed.all);
    await next.clear(name);
  });

  it('leave the tables of another run alone, built or shown', async () => {
    const owner = replica();
    await owner.start(name, 'never');
    await reaches(owner, 'equal');
    const tables = new ShadowTables(bench.orm, shadow, 'sample', [Tally]);
    const lease = new RebuildLease('sample', name, newId());
    const { nats, store, orm } = bench;
    const projection: Projection = { consumer: feed.consumer, apply: async () => undefined };
    const options = { nats, store, main: orm, shadow, tables, projection, read: readEvent, lease };
    const rebuild = new ShadowRebuild(options);
    await expect(tables.dropShadow(lease)).rejects.toBeInstanceOf(LeaseLost);
    await expect(tables.prepare(lease)).rejects.toBeInstanceOf(LeaseLost);
    await expect(rebuild.swap(() => expect.unreachable())).rejects.toBeInstanceOf(LeaseLost);
    await expect(rebuild.build(async () => undefined, new AbortController().signal)).rejects.toBeInstanceOf(
      LeaseLost,
    );
    expect(await shadowed()).toBe(feed.all.length);
    expect(await owner.swap(name)).toMatchObject({ status: 'swapped' });
    expect(await feed.rows()).toEqual(feed.all);
    await owner.clear(name);
  });
});
