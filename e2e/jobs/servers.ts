import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { redisRules } from '@undertone/contracts/servers/redis-permissions';
import { clients } from '@undertone/contracts/servers/who-does-what';
import { natsCredentials } from '@undertone/platform/test-kit/credentials';
import { startInfrastructure, type TestInfrastructure } from '@undertone/platform/test-kit/infrastructure';
import { hasDocker } from '@undertone/platform/test-kit/servers';
import { startNats } from '../../scripts/servers/nats.mjs';
import { startPostgres } from '../../scripts/servers/postgres/postgres.mjs';
import { startRedis } from '../../scripts/servers/redis.mjs';
import { containerName } from '../../scripts/servers/sources/docker.mjs';
import { Guardian } from '../stack/guardian.js';
import { behind } from '../stack/pairs.js';
import type { Run } from './run.js';

/** Of Redis' administrator. */
const PASSWORD = 'soak';

type Server = Awaited<ReturnType<typeof startPostgres>>;

/** NATS, Postgres and Redis of one run, whose data are in its folder. */
export class Servers {
  private constructor(
    readonly infrastructure: TestInfrastructure,
    private readonly nats: Server,
    private readonly postgres: Server,
    private readonly redis: Server,
    private readonly guardian: Guardian,
  ) {}

  /** Starts them, on what an earlier part of the run left. */
  static async start({ directory, id }: Run): Promise<Servers> {
    const docker = await hasDocker();
    const { SERVERS_FROM: from = docker ? 'docker' : undefined } = process.env;
    // Nobody else's: they are killed.
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, SERVERS_FROM: from };
    const folder = (name: string) => {
      const path = join(directory, name);
      mkdirSync(path, { recursive: true });
      return { directory: path, env };
    };
    const prefix = `test:${id}:`;
    const { extra } = await natsCredentials();
    const postgres = await startPostgres({ ...folder('postgres'), password: PASSWORD });
    const redis = await startRedis({
      ...folder('redis'),
      // A restart empties it, as its loss would.
      durable: false,
      password: PASSWORD,
      extra: { configuration: () => redisUsers(id, prefix) },
    });
    // What it was told is with the system when it is killed, and only a power cut would lose it.
    const nats = await startNats({
      ...folder('nats'),
      durable: false,
      extra: {
        ...(extra.files && { files: extra.files }),
        ...(extra.configuration && { configuration: extra.configuration }),
      },
    });
    const guardian = new Guardian();
    for (const name of ['nats', 'postgres', 'redis']) {
      if (docker) guardian.guard('container', containerName(name, join(directory, name)));
    }
    const infrastructure = await startInfrastructure(behind, nats, {
      id,
      postgresUrl: postgres.url,
      redisUrl: redis.url,
    });
    await infrastructure.provisionStreams();
    return new Servers(infrastructure, nats, postgres, redis, guardian);
  }

  byName(name: 'NATS' | 'Postgres' | 'Redis'): Server {
    return { NATS: this.nats, Postgres: this.postgres, Redis: this.redis }[name];
  }

  async stop(): Promise<void> {
    // NATS with it.
    await this.infrastructure.stop();
    await Promise.all([this.postgres.stop(), this.redis.stop()]);
    this.guardian.release();
  }
}

// In its configuration, because a restart forgets users that were told to a server that runs.
const redisUsers = (id: string, prefix: string): string =>
  [
    `user default on >${PASSWORD} ~* &* +@all`,
    ...clients.map(
      (service) => `user ${service}_${id} ${redisRules(service, prefix).join(' ')} >secret-of-${service}`,
    ),
  ].join('\n');
