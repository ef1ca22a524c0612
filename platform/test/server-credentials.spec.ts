import { randomUUID } from 'node:crypto';
import { MikroORM } from '@mikro-orm/postgresql';
import { nkeys } from '@nats-io/transport-node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connectRedis } from '../src/cache/read-cache.js';
import { openDatabase, reached } from '../src/database/open-database.js';
import { createLogger } from '../src/logging/logger.js';
import { connectNats } from '../src/nats/connect.js';
import { ProjectionCheckpoint } from '../src/projections/projection-checkpoint.entity.js';
import type { DatabaseSettings, NatsSettings } from '../src/settings/server-settings.js';
import { eventually } from '../src/test-kit/eventually.js';
import { silent } from '../src/test-kit/infrastructure.js';
import {
  freePort,
  startTestNats,
  startTestPostgres,
  startTestRedis,
  type TestServer,
} from '../src/test-kit/servers.js';
import { operatorMode } from './fixtures/nats-jwt.js';
import { type Certified, TestCa } from './fixtures/test-ca.js';

const PASSWORD = 'p@ss:w/rd%';
const WRONG = 'hunter2-wrong';

let ca: TestCa;
let own: Certified;
/** Signed by the same authority, for another host. */
let elsewhere: Certified;
let client: Certified;
const cleanups: (() => Promise<unknown> | unknown)[] = [];
beforeAll(async () => {
  ca = await TestCa.make();
  own = await ca.sign('127.0.0.1', 'localhost');
  elsewhere = await ca.sign('elsewhere.example');
  client = await ca.sign('client');
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** What is logged, as the services log it. */
function listening() {
  const lines: string[] = [];
  const log = createLogger('test', 'debug', { write: (line) => void lines.push(line) });
  return { lines, log };
}

const pemFiles = ({ cert, key }: Certified) => ({ 'own.crt': cert, 'own.key': key, 'ca.crt': ca.pem });

describe('NATS', () => {
  async function serverWith(configuration: (folder: string) => string, files: Record<string, string> = {}) {
    const server = await startTestNats({ configuration, files });
    cleanups.push(() => server.stop());
    return server.url;
  }
  const reaches = async (settings: NatsSettings) => {
    const nats = await connectNats(settings, 'test', silent);
    try {
      await nats.flush();
      return nats.info?.tls_required ?? false;
    } finally {
      await nats.close();
    }
  };
  /** That it waits, says why, and says no secret. */
  async function isRefused(settings: NatsSettings, why: RegExp) {
    const { lines, log } = listening();
    // Nobody waits for it: it tries for as long as the process lives.
    void connectNats(settings, 'test', log).then((nats) => nats.close());
    await eventually('it says why', () => lines.length > 0);
    expect(lines[0]).toMatch(why);
    expect(lines.join('')).not.toContain(WRONG);
  }
  const at = (url: string, who: string) => url.replace('://', `://${who}@`);

  it('takes a user and a password', async () => {
    const url = await serverWith(() => `authorization { user: app, password: ${JSON.stringify(PASSWORD)} }`);
    await reaches({ NATS_URL: at(url, `app:${encodeURIComponent(PASSWORD)}`) });
    await isRefused({ NATS_URL: at(url, `app:${WRONG}`) }, /Authorization Violation/i);
    await isRefused({ NATS_URL: url }, /Authorization Violation/i);
  });

  it('takes a token, by itself or in the address', async () => {
    const url = await serverWith(() => 'authorization { token: "t0ken" }');
    await reaches({ NATS_URL: url, NATS_TOKEN: 't0ken' });
    await reaches({ NATS_URL: at(url, 't0ken') });
    await isRefused({ NATS_URL: url, NATS_TOKEN: WRONG }, /Authorization Violation/i);
  });

  it('takes the seed of an nkey', async () => {
    const [user, other] = [nkeys.createUser(), nkeys.createUser()];
    const seed = (pair: nkeys.KeyPair) => new TextDecoder().decode(pair.getSeed());
    const url = await serverWith(() => `authorization { users: [ { nkey: ${user.getPublicKey()} } ] }`);
    await reaches({ NATS_URL: url, NATS_NKEY: seed(user) });
    await isRefused({ NATS_URL: url, NATS_NKEY: seed(other) }, /Authorization Violation/i);
  });

  it('takes what is in a creds file', async () => {
    const { configuration, creds } = operatorMode();
    const url = await serverWith(() => configuration);
    await reaches({ NATS_URL: url, NATS_CREDS: creds });
    await isRefused({ NATS_URL: url, NATS_CREDS: operatorMode().creds }, /Authorization Violation/i);
  });

  const tlsBlock = (folder: string, more = '') =>
    `tls { cert_file: "${folder}/own.crt", key_file: "${folder}/own.key", ca_file: "${folder}/ca.crt"${more} }`;

  it('is reached with TLS where its certificate is of the authority that was named', async () => {
    const url = await serverWith((folder) => tlsBlock(folder), pemFiles(own));
    expect(await reaches({ NATS_URL: url, NATS_CA: ca.pem })).toBe(true);
    await isRefused({ NATS_URL: url.replace('nats:', 'tls:') }, /certificate/);
    await isRefused({ NATS_URL: url, NATS_CA: (await TestCa.make()).pem }, /certificate|signature/);
  });

  it('is asked for TLS before anything secret is said', async () => {
    const url = await serverWith(() => '');
    await isRefused({ NATS_URL: at(url, `app:${WRONG}`).replace('nats:', 'tls:') }, /tls/i);
  });

  it('is not reached with the certificate of another host', async () => {
    const url = await serverWith((folder) => tlsBlock(folder), pemFiles(elsewhere));
    await isRefused({ NATS_URL: url, NATS_CA: ca.pem }, /altnames|certificate/i);
  });

  it('is shown a certificate where it wants one', async () => {
    const url = await serverWith((folder) => tlsBlock(folder, ', verify: true'), pemFiles(own));
    await reaches({ NATS_URL: url, NATS_CA: ca.pem, NATS_CERT: client.cert, NATS_KEY: client.key });
    await isRefused({ NATS_URL: url, NATS_CA: ca.pem }, /certificate|timeout/i);
  });
});

describe('Redis', () => {
  const connected = (settings: Parameters<typeof connectRedis>[0], log = silent) => {
    const redis = connectRedis(settings, '', log);
    cleanups.push(() => redis.disconnect());
    return redis;
  };
  const pings = async (settings: Parameters<typeof connectRedis>[0]) => {
    const redis = connected(settings);
    await eventually('Redis answers', () => redis.status === 'ready');
    expect(await redis.ping()).toBe('PONG');
  };
  async function isRefused(settings: Parameters<typeof connectRedis>[0], why: RegExp) {
    const { lines, log } = listening();
    const redis = connected(settings, log);
    await eventually('it says why', () => lines.length > 0);
    expect(redis.status).not.toBe('ready');
    expect(lines[0]).toMatch(why);
    expect(lines.join('')).not.toContain(WRONG);
  }

  it('takes a user and a password', async () => {
    const server = await startTestRedis({ configuration: () => `user app on >${PASSWORD} ~* +@all` });
    cleanups.push(() => server.stop());
    const { host } = new URL(server.url);
    await pings({ REDIS_URL: `redis://app:${encodeURIComponent(PASSWORD)}@${host}` });
    await isRefused({ REDIS_URL: `redis://app:${WRONG}@${host}` }, /WRONGPASS/);
    await isRefused({ REDIS_URL: `redis://${host}` }, /NOAUTH/);
  });

  async function tlsServer(certified: Certified, clients: 'yes' | 'no') {
    const port = await freePort();
    const configuration = (folder: string) =>
      [
        `tls-port ${port}`,
        `tls-cert-file ${folder}/own.crt`,
        `tls-key-file ${folder}/own.key`,
        `tls-ca-cert-file ${folder}/ca.crt`,
        `tls-auth-clients ${clients}`,
      ].join('\n');
    const server = await startTestRedis({ configuration, files: pemFiles(certified) }, port);
    cleanups.push(() => server.stop());
    return `rediss://:${new URL(server.url).password}@127.0.0.1:${port}`;
  }

  it('is reached with TLS where its certificate is of the authority that was named', async () => {
    const url = await tlsServer(own, 'no');
    await pings({ REDIS_URL: url, REDIS_CA: ca.pem });
    // The authority alone asks for TLS, too.
    await pings({ REDIS_URL: url.replace('rediss:', 'redis:'), REDIS_CA: ca.pem });
    await isRefused({ REDIS_URL: url }, /certificate/);
    await isRefused({ REDIS_URL: url, REDIS_CA: (await TestCa.make()).pem }, /certificate|signature/);
  });

  it('is not reached with the certificate of another host', async () => {
    await isRefused({ REDIS_URL: await tlsServer(elsewhere, 'no'), REDIS_CA: ca.pem }, /altnames/);
  });

  it('is shown a certificate where it wants one', async () => {
    const REDIS_URL = await tlsServer(own, 'yes');
    await pings({ REDIS_URL, REDIS_CA: ca.pem, REDIS_CERT: client.cert, REDIS_KEY: client.key });
    await isRefused({ REDIS_URL, REDIS_CA: ca.pem }, /certificate/);
  });
});

describe('Postgres', () => {
  let server: TestServer;
  const opened = async (settings: DatabaseSettings) => {
    const orm = await MikroORM.init({
      ...reached(settings),
      entities: [],
      discovery: { warnWhenNoEntities: false },
    });
    try {
      const [row] = await orm.em
        .fork()
        .execute<{ ssl: boolean }[]>('select ssl from pg_stat_ssl where pid = pg_backend_pid()');
      return row?.ssl;
    } finally {
      await orm.close();
    }
  };

  /** The server writes its own files: whoever it runs as, they are its own. */
  async function hasCertificate({ cert, key }: Certified) {
    const orm = await MikroORM.init({
      clientUrl: server.url,
      entities: [],
      discovery: { warnWhenNoEntities: false },
      allowGlobalContext: true,
    });
    const write = (file: string, text: string) =>
      orm.em.execute(
        `copy (select unnest(string_to_array('${text.trim()}', E'\\n'))) to program 'umask 77; cat > /tmp/${file}'`,
      );
    const name = `undertone-${randomUUID()}`;
    await write(`${name}.crt`, cert);
    await write(`${name}.key`, key);
    await orm.em.execute(`alter system set ssl_cert_file = '/tmp/${name}.crt'`);
    await orm.em.execute(`alter system set ssl_key_file = '/tmp/${name}.key'`);
    await orm.em.execute("alter system set ssl = 'on'");
    await orm.em.execute('select pg_reload_conf()');
    await orm.close();
  }

  beforeAll(async () => {
    server = await startTestPostgres();
  });
  afterAll(() => server?.stop());
  const at = (sslmode: string) => `${server.url}?sslmode=${sslmode}`;

  it('is reached with TLS where its certificate is of the authority that was named', async () => {
    await hasCertificate(own);
    const DATABASE_CA = ca.pem;
    await eventually('it has the certificate', async () => await opened({ DATABASE_URL: at('no-verify') }));
    expect(await opened({ DATABASE_URL: server.url })).toBe(false);
    expect(await opened({ DATABASE_URL: at('disable') })).toBe(false);
    for (const mode of ['require', 'verify-full']) {
      expect(await opened({ DATABASE_URL: at(mode), DATABASE_CA })).toBe(true);
      await expect(opened({ DATABASE_URL: at(mode) })).rejects.toThrow(/certificate/);
    }
    expect(await opened({ DATABASE_URL: server.url, DATABASE_CA })).toBe(true);
    const other = (await TestCa.make()).pem;
    await expect(opened({ DATABASE_URL: server.url, DATABASE_CA: other })).rejects.toThrow(
      /certificate|signature/,
    );
  });

  it('is not reached with the certificate of another host', async () => {
    await hasCertificate(elsewhere);
    const settings = { DATABASE_URL: at('require'), DATABASE_CA: ca.pem };
    await eventually('it has the certificate', () =>
      opened(settings).then(
        () => false,
        (error: Error) => /altnames/.test(error.message),
      ),
    );
  });

  it('says why a password is refused, and not the password', async () => {
    const { lines, log } = listening();
    const url = new URL(server.url);
    url.password = WRONG;
    const definition = { schema: 'public', entities: [ProjectionCheckpoint], migrations: [] };
    const opening = openDatabase(definition, { DATABASE_URL: url.href }, log);
    await eventually('it says why', () =>
      lines.some((line) => line.includes('password authentication failed')),
    );
    // From now on it is the right one, and what waits gets in.
    const orm = await MikroORM.init({
      ...reached({ DATABASE_URL: server.url }),
      entities: definition.entities,
    });
    await orm.em.fork().execute(`alter role postgres password '${WRONG}'`);
    await orm.close();
    await (await opening).close();
    expect(lines.join('')).not.toContain(WRONG);
  });
});
