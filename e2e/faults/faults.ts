import { setTimeout as sleep } from 'node:timers/promises';
import { importHistory } from '@undertone/contracts/jobs/import-history';
import { JobProgressed, JobStarted } from '@undertone/contracts/jobs/job';
import type { TcpProxy } from '@undertone/platform/test-kit/tcp-proxy';
import { Redis } from 'ioredis';
import { services } from '../stack/pairs.js';
import type { Replica } from '../stack/replica.js';
import type { Chapter } from './ledger.js';
import { freezeInTransaction, jobReaches } from './moments.js';
import type { People } from './people.js';
import type { System } from './system.js';

/** What a fault happens to, and in whose time. */
export interface Scene {
  readonly system: System;
  readonly people: People;
  readonly chapter: Chapter;
  /** Rows of the import in the middle of which a worker is frozen. */
  readonly rows: number;
}

export interface Fault {
  readonly name: string;
  /** An operator's replay is under way. */
  readonly withReplay?: true;
  /** Lets it happen, and mends it. */
  happen(scene: Scene): Promise<void>;
}

const seconds = (count: number): Promise<void> => sleep(count * 1_000);
/** How long a job's worker may say nothing. */
const LEASE_S = 10;
const LAST_TRY = 5;

async function frozenFor(count: number, replicas: readonly Replica[]): Promise<void> {
  for (const replica of replicas) replica.freeze();
  await seconds(count);
  for (const replica of replicas) replica.thaw();
}

async function heldFor(count: number, proxy: TcpProxy): Promise<void> {
  proxy.hold();
  await seconds(count);
  proxy.release();
}

async function closedFor(count: number, proxy: TcpProxy): Promise<void> {
  await proxy.close();
  await seconds(count);
  await proxy.open();
}

/** Takes Postgres away on the last try of a person's ingest, which Spotify's faults have brought there. */
const onLastTry =
  (name: string, away: (system: System) => Promise<void>) =>
  async ({ system, people, chapter }: Scene): Promise<void> => {
    const unlucky = { user: name, route: '/v1/me/top/*' };
    system.spotify.addFault({ ...unlucky, kind: '5xx' });
    const job = await people.ingestAs(chapter, name);
    await jobReaches(system, job, (event) => JobStarted.read(event)?.attempt === LAST_TRY - 1);
    await jobReaches(
      system,
      job,
      (event) => event.type.endsWith('retrying') && attemptOf(event) === LAST_TRY - 1,
    );
    system.spotify.clearFaults();
    // Long enough for Postgres to be away before the try is over.
    system.spotify.addFault({ ...unlucky, kind: 'slow', ms: 2_000 });
    await jobReaches(system, job, (event) => JobStarted.read(event)?.attempt === LAST_TRY);
    await away(system);
    system.spotify.clearFaults();
  };

const attemptOf = ({ data }: { data: unknown }): number => (data as { attempt: number }).attempt;

/** One replica of each service ends and comes back, then the other. */
const inTwoHalves =
  (end: (replica: Replica) => Promise<void>) =>
  async ({ system }: Scene): Promise<void> => {
    for (const at of [0, 1] as const) {
      await Promise.all(
        services.map(async (service) => {
          const replica = system.pairs.replica(service, at);
          await end(replica);
          await system.pairs.start(replica);
        }),
      );
    }
  };

/** In this order, one at a time. */
export const faults: readonly Fault[] = [
  {
    name: 'a worker frozen past its lease in an import',
    async happen({ system, people, chapter, rows }) {
      const [first, second] = [system.pairs.replica('ingestion', 0), system.pairs.replica('ingestion', 1)];
      // So that it is known who has the job.
      second.freeze();
      try {
        const job = await people.importRows(chapter, rows);
        await jobReaches(system, job, (event) => event.type === JobProgressed.type);
        first.freeze();
      } finally {
        second.thaw();
      }
      await seconds(LEASE_S + 60);
      first.thaw();
    },
  },
  {
    name: 'the workers of an import frozen in turn, more often than it has tries',
    async happen({ system, people, chapter, rows }) {
      let [awake, asleep] = [system.pairs.replica('ingestion', 0), system.pairs.replica('ingestion', 1)];
      // So that it is known who has the job.
      asleep.freeze();
      try {
        const job = await people.importRows(chapter, rows);
        for (let attempt = 1; ; attempt += 1) {
          await jobReaches(system, job, (event) => JobStarted.read(event)?.attempt === attempt);
          if (attempt > importHistory.maxAttempts) break;
          awake.freeze();
          asleep.thaw();
          [awake, asleep] = [asleep, awake];
        }
      } finally {
        asleep.thaw();
      }
    },
  },
  {
    name: 'a replica frozen in its projection’s transaction',
    async happen({ system }) {
      const frozen = await freezeInTransaction(system, 'ingestion');
      await seconds(25);
      frozen.thaw();
    },
  },
  {
    name: 'Postgres away on a last try',
    happen: onLastTry('unlucky-away', ({ postgres }) => closedFor(10, postgres)),
  },
  {
    name: 'Postgres hung on a last try',
    happen: onLastTry('unlucky-hung', ({ postgres }) => heldFor(25, postgres)),
  },
  {
    name: 'one of two token replicas frozen',
    happen: ({ system }) => frozenFor(15, [system.pairs.replica('token', 0)]),
  },
  {
    name: 'both token replicas frozen',
    happen: ({ system }) =>
      frozenFor(20, [system.pairs.replica('token', 0), system.pairs.replica('token', 1)]),
  },
  {
    name: 'one replica of each service frozen',
    happen: ({ system }) =>
      frozenFor(
        15,
        services
          .filter((service) => service !== 'gateway')
          .map((service) => system.pairs.replica(service, 0)),
      ),
  },
  {
    name: 'both replicas of each service frozen, but for the gateways',
    happen: ({ system }) =>
      frozenFor(
        15,
        system.pairs.all().filter(({ service }) => service !== 'gateway'),
      ),
  },
  { name: 'Postgres hung', happen: ({ system }) => heldFor(20, system.postgres) },
  {
    name: 'every session of Postgres ended, again and again',
    async happen({ system }) {
      for (let times = 0; times < 6; times += 1) {
        await system.database.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where application_name ~ '-[01]$'`,
        );
        await seconds(2);
      }
    },
  },
  {
    name: 'Redis emptied, again and again',
    async happen({ system }) {
      const redis = new Redis(system.infrastructure.redisUrl);
      try {
        for (let times = 0; times < 10; times += 1) {
          const keys = await redis.keys(`${system.infrastructure.redisPrefix}*`);
          if (keys.length > 0) await redis.del(keys);
          await seconds(1);
        }
      } finally {
        redis.disconnect();
      }
    },
  },
  {
    name: 'both gateways frozen',
    happen: ({ system }) =>
      frozenFor(15, [system.pairs.replica('gateway', 0), system.pairs.replica('gateway', 1)]),
  },
  {
    name: 'language models that hang, and both insight replicas frozen meanwhile',
    async happen({ system }) {
      system.models.addFault({ kind: 'slow', ms: 8_000 });
      await seconds(5);
      await frozenFor(15, [system.pairs.replica('insight', 0), system.pairs.replica('insight', 1)]);
      system.models.clearFaults();
    },
  },
  { name: 'Redis hung', happen: ({ system }) => heldFor(15, system.redis) },
  { name: 'Redis away', happen: ({ system }) => closedFor(10, system.redis) },
  {
    name: 'the leader of JOBS killed',
    withReplay: true,
    async happen({ system }) {
      const leader = await system.leaderOf('JOBS');
      await leader.kill();
      await seconds(10);
      await leader.restart();
    },
  },
  {
    name: 'the leader of JOBS frozen',
    withReplay: true,
    async happen({ system }) {
      const leader = await system.leaderOf('JOBS');
      await leader.freeze();
      await seconds(20);
      await leader.thaw();
    },
  },
  {
    name: 'the leader of JOBS partitioned',
    withReplay: true,
    async happen({ system }) {
      const leader = await system.leaderOf('JOBS');
      leader.partition();
      await seconds(20);
      leader.rejoin();
    },
  },
  {
    name: 'two of three NATS servers killed',
    async happen({ system }) {
      const leader = await system.leaderOf('JOBS');
      const killed = [leader, ...system.cluster.servers.filter(({ name }) => name !== leader.name)].slice(
        0,
        2,
      );
      await Promise.all(killed.map((server) => server.kill()));
      await seconds(10);
      await Promise.all(killed.map((server) => server.restart()));
    },
  },
  {
    name: 'every NATS server frozen',
    async happen({ system }) {
      const { servers } = system.cluster;
      await Promise.all(servers.map((server) => server.freeze()));
      await seconds(20);
      await Promise.all(servers.map((server) => server.thaw()));
    },
  },
  {
    name: 'confirmations of appends lost',
    async happen({ system }) {
      let confirmations = 0;
      // A third of them, each with all that its connection had under way.
      const breaks = (chunk: Buffer) => {
        if (!chunk.includes('"stream":"') || !chunk.includes('"seq":')) return false;
        confirmations += 1;
        return confirmations % 20 === 0;
      };
      for (const { proxy } of system.cluster.servers) proxy.breaksAt = breaks;
      await seconds(12);
      for (const { proxy } of system.cluster.servers) proxy.breaksAt = () => false;
    },
  },
  {
    name: 'SIGTERM to half of the replicas, then to the others',
    withReplay: true,
    happen: inTwoHalves((replica) => replica.stop()),
  },
  {
    name: 'SIGKILL to half of the replicas, then to the others',
    withReplay: true,
    happen: inTwoHalves((replica) => replica.kill()),
  },
  {
    name: 'a slow network',
    async happen({ system }) {
      for (const way of system.ways) way.delayMs = 100;
      await seconds(12);
      for (const way of system.ways) way.delayMs = 0;
    },
  },
  {
    name: 'connections reset, again and again',
    async happen({ system }) {
      for (let times = 0; times < 8; times += 1) {
        for (const way of system.ways) way.reset();
        await seconds(1.5);
      }
    },
  },
];
