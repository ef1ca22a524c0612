import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import type { TestInfrastructure } from '@undertone/platform/test-kit/infrastructure';
import { Guardian } from './guardian.js';
import { Replica } from './replica.js';

export const services = ['gateway', 'insight', 'ingestion', 'scheduler', 'token', 'identity'] as const;
export type Service = (typeof services)[number];
/** Those with a schema. */
export const behind = services.filter((service) => service !== 'gateway');
type Pair = readonly [Replica, Replica];

/** How often a replica that exits is started again, */
const STARTS = 5;
/** and how long one start may take on a busy machine. */
const STARTED_MS = 120_000;

/** What the replicas of a soak are told of what is outside. */
export interface Outside {
  readonly spotifyUrl: string;
  readonly modelsUrl: string;
  /** Keys that fields are encrypted with. */
  readonly keys: { readonly identity: string; readonly token: string };
}

/** Two replicas of each service, which a soak kills, freezes and starts again. */
export class Pairs {
  /** What the replicas said that exited while they started. */
  readonly restarts: string[] = [];
  private readonly guardian = new Guardian();

  private constructor(
    private readonly replicas: Readonly<Record<Service, Pair>>,
    /** The folder of a file with the log of each replica. */
    readonly logs: string,
    private readonly files: readonly WriteStream[],
  ) {}

  /**
   * Prepares the replicas without starting them.
   * @param change of what a service would be told of the servers.
   */
  static async prepare(
    infrastructure: TestInfrastructure,
    outside: Outside,
    logs: string,
    change: (own: Record<string, string>) => Record<string, string> = () => ({}),
  ): Promise<Pairs> {
    const files: WriteStream[] = [];
    const prepare = (service: Service, at: number) => {
      const name = `${service}-${at}`;
      const file = createWriteStream(join(logs, `${name}.log`), { flags: 'a' });
      files.push(file);
      const own = infrastructure.environment(service);
      const environment = {
        ...own,
        ...change(own),
        ...environmentOf(service, outside),
        // By which Postgres tells whose session it is.
        PGAPPNAME: name,
      };
      return Replica.prepare(service, environment, (output) => file.write(output));
    };
    const pairs = services.map(
      async (service) => [service, [await prepare(service, 0), await prepare(service, 1)]] as const,
    );
    const replicas = Object.fromEntries(await Promise.all(pairs)) as unknown as Record<Service, Pair>;
    return new Pairs(replicas, logs, files);
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
        return await replica.start(STARTED_MS, (pid, isThere) => {
          if (isThere) this.guardian.guard('process', pid);
          else this.guardian.forget('process', pid);
        });
      } catch (error) {
        // It may run and not be ready.
        await replica.kill();
        if (times === STARTS) throw error;
        this.restarts.push(`${new Date().toISOString()} ${replica.service}: ${error}`);
      }
    }
  }

  /** Ends every process. */
  async stop(): Promise<void> {
    await Promise.all(this.all().map((replica) => replica.kill()));
    this.guardian.release();
    for (const file of this.files) file.end();
  }
}

function environmentOf(service: Service, { spotifyUrl, modelsUrl, keys }: Outside): Record<string, string> {
  return {
    LOG_LEVEL: 'info',
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
    SPOTIFY_API_URL: spotifyUrl,
    SPOTIFY_ACCOUNTS_URL: spotifyUrl,
    RECCOBEATS_URL: `${spotifyUrl}/reccobeats`,
    SPOTIFY_CALLS_PER_30_SECONDS: '1000000',
    SPOTIFY_CALLS_PER_DAY: '1000000000',
    RECCOBEATS_CALLS_PER_30_SECONDS: '1000000',
    RECCOBEATS_CALLS_PER_DAY: '1000000000',
    // One person's failures are a way to a job's last try here; the others are to go on.
    PROVIDER_FAILURES_TO_PAUSE: '1000',
    INSIGHT_ENGINE: 'openai',
    OPENAI_BASE_URL: `${modelsUrl}/v1`,
    OPENAI_API_KEY: 'test-key',
    LLM_MODEL: 'undertone-sim-1',
    ...(service === 'identity' || service === 'token' ? { FIELD_ENCRYPTION_KEY: keys[service] } : {}),
  };
}
