import { randomBytes } from 'node:crypto';
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
import { behind, Pairs } from '../stack/pairs.js';

/** Two replicas of each service on three NATS servers, with proxies in the way of everything that may be cut. */
export class System {
  readonly postgres: TcpProxy;
  readonly redis: TcpProxy;

  private constructor(
    readonly infrastructure: TestInfrastructure,
    readonly cluster: NatsCluster,
    private readonly proxies: { postgres: TcpProxy; redis: TcpProxy },
    readonly spotify: SpotifySimulator,
    readonly models: LlmSimulator,
    readonly pairs: Pairs,
    /** Reaches the cluster directly, past every fault of the network. */
    readonly nats: NatsConnection,
    readonly store: EventStore,
    /** The administrator of the database, reached directly. */
    readonly database: pg.Client,
  ) {
    this.postgres = proxies.postgres;
    this.redis = proxies.redis;
  }

  /** Starts the servers and simulators, and prepares the replicas without starting them. */
  static async prepare(): Promise<System> {
    const cluster = await NatsCluster.start();
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
    const outside = {
      spotifyUrl: spotify.url,
      modelsUrl: models.url,
      keys: { identity: newKey(), token: newKey() },
    };
    const pairs = await Pairs.prepare(infrastructure, outside, logs, (own) => ({
      NATS_URL: cluster.servers.map(({ proxy }) => proxy.url).join(','),
      STREAM_REPLICAS: '3',
      DATABASE_URL: proxies.postgres.urlOf(own.DATABASE_URL ?? ''),
      REDIS_URL: proxies.redis.urlOf(own.REDIS_URL ?? ''),
    }));
    const nats = await infrastructure.connect({
      // A server that is frozen is left soon.
      pingInterval: 1_000,
    });
    const database = new pg.Client({ connectionString: infrastructure.adminUrl });
    await database.connect();
    const store = await EventStore.open(nats);
    return new System(infrastructure, cluster, proxies, spotify, models, pairs, nats, store, database);
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
    await this.pairs.stop();
    await this.database.end();
    await this.nats.close();
    await Promise.all([this.spotify.close(), this.models.close()]);
    await Promise.all(Object.values(this.proxies).map((proxy) => proxy.close()));
    await this.infrastructure.stop();
  }
}

const newKey = (): string => randomBytes(32).toString('base64');
