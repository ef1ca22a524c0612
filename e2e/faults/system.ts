import { randomBytes } from 'node:crypto';
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { startInfrastructure, type TestInfrastructure } from '@undertone/platform/test-kit/infrastructure';
import { type ClusterServer, NatsCluster } from '@undertone/platform/test-kit/nats-cluster';
import { TcpProxy } from '@undertone/platform/test-kit/tcp-proxy';
import { type LlmSimulator, startLlmSimulator } from '@undertone/simulators/llm/server';
import { type SpotifySimulator, startSpotifySimulator } from '@undertone/simulators/spotify/server';
import pg from 'pg';
import { Replica } from '../stack/replica.js';

export const services = ['gateway', 'insight', 'ingestion', 'scheduler', 'token', 'identity'] as const;
export type Service = (typeof services)[number];
type Pair = readonly [Replica, Replica];

/** How often a replica that exits is started again, */
const STARTS = 5;
/** and how long one start may take on a busy machine. */
const STARTED_MS = 120_000;

/** Two replicas of each service on three NATS servers, with proxies in the way of everything that may be cut. */
export class System {
  readonly postgres: TcpProxy;
  readonly redis: TcpProxy;
  /** What the replicas said that exited while they started. */
  readonly restarts: string[] = [];

  private constructor(
    readonly infrastructure: TestInfrastructure,
    readonly cluster: NatsCluster,
    private readonly proxies: { postgres: TcpProxy; redis: TcpProxy },
    readonly spotify: SpotifySimulator,
    readonly models: LlmSimulator,
    private readonly replicas: Readonly<Record<Service, Pair>>,
    /** Reaches the cluster directly, past every fault of the network. */
    readonly nats: NatsConnection,
    readonly store: EventStore,
    /** The administrator of the database, reached directly. */
    readonly database: pg.Client,
    /** The folder of a file with the log of each replica. */
    readonly logs: string,
    private readonly files: readonly WriteStream[],
  ) {
    this.postgres = proxies.postgres;
    this.redis = proxies.redis;
  }

  /** Starts the servers and simulators, and prepares the replicas without starting them. */
  static async prepare(): Promise<System> {
    const cluster = await NatsCluster.start();
    const behind = services.filter((service) => service !== 'gateway');
    const infrastructure = await startInfrastructure(behind, cluster);
    await infrastructure.provisionStreams(3);
    const proxies = {
      postgres: await TcpProxy.to(infrastructure.adminUrl),
      redis: await TcpProxy.to(infrastructure.redisUrl),
    };
    // It stands still, so that what a person played last is the same whenever Spotify is asked.
    const spotify = await startSpotifySimulator({ now: new Date() });
    const models = await startLlmSimulator({ latencyMs: 50 });
    const logs = await mkdtemp(join(tmpdir(), 'undertone-faults-'));
    const files: WriteStream[] = [];
    const keys = { identity: newKey(), token: newKey() };
    const prepare = (service: Service, at: number) => {
      const name = `${service}-${at}`;
      const file = createWriteStream(join(logs, `${name}.log`), { flags: 'a' });
      files.push(file);
      const own = infrastructure.environment(service);
      const environment = {
        ...own,
        LOG_LEVEL: 'info',
        NATS_URL: cluster.servers.map(({ proxy }) => proxy.url).join(','),
        STREAM_REPLICAS: '3',
        DATABASE_URL: proxies.postgres.urlOf(own.DATABASE_URL ?? ''),
        REDIS_URL: proxies.redis.urlOf(own.REDIS_URL ?? ''),
        // By which Postgres tells whose session it is.
        PGAPPNAME: name,
        SHUTDOWN_GRACE_SECONDS: '5',
        BULK_SLOTS: '4',
        AUTH_MODE: 'open',
        RATE_LIMIT_REQUESTS: '1000000',
        INGEST_SCHEDULE: 'off',
        REFRESH_SCHEDULE: 'off',
        MONITOR_SCHEDULE: 'off',
        ZONE_SCHEDULE: 'off',
        CLEANUP_SCHEDULE: 'off',
        SUMMARY_SCHEDULE: 'off',
        SPOTIFY_MODE: 'simulator',
        SPOTIFY_API_URL: spotify.url,
        SPOTIFY_ACCOUNTS_URL: spotify.url,
        RECCOBEATS_URL: `${spotify.url}/reccobeats`,
        SPOTIFY_CALLS_PER_30_SECONDS: '1000000',
        SPOTIFY_CALLS_PER_DAY: '1000000000',
        RECCOBEATS_CALLS_PER_30_SECONDS: '1000000',
        RECCOBEATS_CALLS_PER_DAY: '1000000000',
        // One person's failures are a way to a job's last try here; the others are to go on.
        PROVIDER_FAILURES_TO_PAUSE: '1000',
        INSIGHT_ENGINE: 'openai',
        OPENAI_BASE_URL: `${models.url}/v1`,
        OPENAI_API_KEY: 'test-key',
        LLM_MODEL: 'undertone-sim-1',
        ...(service === 'identity' || service === 'token' ? { FIELD_ENCRYPTION_KEY: keys[service] } : {}),
      };
      return Replica.prepare(service, environment, (output) => file.write(output));
    };
    const pairs = services.map(
      async (service) => [service, [await prepare(service, 0), await prepare(service, 1)]] as const,
    );
    const replicas = Object.fromEntries(await Promise.all(pairs)) as unknown as Record<Service, Pair>;
    const nats = await infrastructure.connect({
      // A server that is frozen is left soon.
      pingInterval: 1_000,
    });
    const database = new pg.Client({ connectionString: infrastructure.adminUrl });
    await database.connect();
    const store = await EventStore.open(nats);
    return new System(
      infrastructure,
      cluster,
      proxies,
      spotify,
      models,
      replicas,
      nats,
      store,
      database,
      logs,
      files,
    );
  }

  get gateways(): readonly string[] {
    return this.replicas.gateway.map(({ url }) => url);
  }

  replica(service: Service, at: 0 | 1): Replica {
    return this.replicas[service][at];
  }

  /** Of all services, those that come first first. */
  all(): readonly Replica[] {
    return services.flatMap((service) => this.replicas[service]);
  }

  /** Starts a replica, and again when it exits, as Docker and Kubernetes do. */
  async start(replica: Replica): Promise<void> {
    for (let times = 1; ; times += 1) {
      try {
        return await replica.start(STARTED_MS);
      } catch (error) {
        // It may run and not be ready.
        await replica.kill();
        if (times === STARTS) throw error;
        this.restarts.push(`${new Date().toISOString()} ${replica.service}: ${error}`);
      }
    }
  }

  /** The server that leads a stream. */
  async leaderOf(stream: string): Promise<ClusterServer> {
    const { cluster } = await (await jetstreamManager(this.nats)).streams.info(stream);
    const leader = this.cluster.servers.find(({ name }) => name === cluster?.leader);
    if (!leader) throw new Error(`nobody leads ${stream}`);
    return leader;
  }

  /** Everything that a service may be cut off from. */
  get ways(): readonly TcpProxy[] {
    return [this.postgres, this.redis, ...this.cluster.servers.map(({ proxy }) => proxy)];
  }

  /** Ends every process and server that it started. */
  async stop(): Promise<void> {
    await Promise.all(this.all().map((replica) => replica.kill()));
    await this.database.end();
    await this.nats.close();
    await Promise.all([this.spotify.close(), this.models.close()]);
    await Promise.all(Object.values(this.proxies).map((proxy) => proxy.close()));
    await this.infrastructure.stop();
    for (const file of this.files) file.end();
  }
}

const newKey = (): string => randomBytes(32).toString('base64');
