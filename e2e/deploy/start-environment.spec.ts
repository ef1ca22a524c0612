import { streamsApiPrefix } from '@undertone/contracts/servers/nats-accounts';
import { storers } from '@undertone/contracts/servers/who-does-what';
import { serviceNames } from '@undertone/contracts/service-name';
import { describe, expect, it } from 'vitest';
import { startPostgres } from '../../scripts/servers/postgres/postgres.mjs';
import { gatewayUrl } from '../../scripts/settings/gateway-url.mjs';
import { readSettings } from '../../scripts/settings/settings.mjs';
import {
  provisionEnvironment,
  serviceEnvironment,
  simulatorEnvironment,
  streamsEnvironment,
} from '../../scripts/start/services.mjs';
import { settings } from '../docs/settings-of-services.js';

const surroundings = (env: Record<string, string>) => ({
  settings: readSettings(env),
  secrets: {
    postgresPassword: 'p',
    databasePasswords: { token: 'token-password' },
    fieldEncryptionKeys: { token: 'token-key' },
    redisPassword: 'r',
    redisPasswords: { token: 'redis-token', gateway: 'redis-gateway' },
    natsSeeds: { token: 'SU-token', gateway: 'SU-gateway', operator: 'SU-operator' },
  },
  toolchain: { node: 'node', pnpm: 'pnpm', env: { PATH: '/bin', ...env }, description: '' },
  urls: {
    postgres: 'postgres://admin:p@127.0.0.1/undertone',
    redis: 'redis://:r@127.0.0.1:6380',
    nats: 'nats://n',
  },
});

const secrets = {
  SPOTIFY_CLIENT_SECRET: 's1',
  SPOTIFY_CLIENT_SECRET_FILE: 's2',
  OPENAI_API_KEY: 's3',
  OPENAI_API_KEY_FILE: 's4',
  LLM_API_KEY_OWN: 's8',
  OIDC_CLIENT_SECRET_HOME: 's9',
  DATABASE_URL_FILE: 's5',
  FIELD_ENCRYPTION_KEY_FILE: 's6',
  AWS_SECRET_ACCESS_KEY: 's7',
  OBJECT_STORAGE_URL: 's10',
  UNDERTONE_KEY: 's11',
  SMTP_URL: 's12',
  DATABASE_KEY: 's13',
};

/** What is secret in a schema, or may be; what all services have is of each alone, and tested below. */
const isSecret = (name: string) =>
  /(KEY|SECRET|CREDS|TOKEN)$|^(OBJECT_STORAGE|SMTP|OIDC|LLM|DATABASE)_/.test(name);

describe('npm start', () => {
  it.each([
    'mysql://root:hunter2@db/undertone',
    'sqlite:///./hunter2.db',
    'postgresql+psycopg2://root:hunter2@db/u',
  ])('takes no DATABASE_URL of another kind, and does not repeat it: %s', async (DATABASE_URL) => {
    const started = startPostgres({ directory: '/nowhere', env: { DATABASE_URL } });
    await expect(started).rejects.toThrow(/^DATABASE_URL is not of Postgres(?!.*hunter2)/);
  });

  it("passes a person's NODE_ENV on, so that production is refused as the gateway refuses it", () => {
    const nodeEnv = (env: Record<string, string>) =>
      serviceEnvironment('gateway', 'PORT', surroundings(env)).NODE_ENV;
    expect(nodeEnv({ NODE_ENV: 'production' })).toBe('production');
    expect(nodeEnv({ NODE_ENV: '' })).toBe('development');
    expect(nodeEnv({})).toBe('development');
  });

  it('gives a secret to the services that use it, in both of its forms', () => {
    const given = (name: string) => Object.keys(serviceEnvironment(name, 'PORT', surroundings(secrets)));
    const known = Object.keys(secrets);
    const of = (name: string) => given(name).filter((one) => known.includes(one));
    expect(of('token')).toEqual(['SPOTIFY_CLIENT_SECRET', 'SPOTIFY_CLIENT_SECRET_FILE']);
    expect(of('identity')).toEqual([
      'SPOTIFY_CLIENT_SECRET',
      'SPOTIFY_CLIENT_SECRET_FILE',
      'OIDC_CLIENT_SECRET_HOME',
      'AWS_SECRET_ACCESS_KEY',
      'OBJECT_STORAGE_URL',
      'SMTP_URL',
    ]);
    expect(of('insight')).toEqual(['OPENAI_API_KEY', 'OPENAI_API_KEY_FILE', 'LLM_API_KEY_OWN']);
    expect(of('ingestion')).toEqual(['AWS_SECRET_ACCESS_KEY', 'OBJECT_STORAGE_URL']);
    expect(of('gateway')).toEqual(['AWS_SECRET_ACCESS_KEY', 'OBJECT_STORAGE_URL']);
    expect(of('scheduler')).toEqual([]);
  });

  it('gives object storage to those who keep things there, and every other secret to those who read it', () => {
    const all = [...new Set(settings.flatMap(({ names }) => names))];
    const servers = { NATS_URL: 'nats://n', REDIS_URL: 'redis://r', DATABASE_URL: 'postgres://a:p@db/x' };
    const everything = Object.fromEntries(all.map((name) => [name, 'x']));
    const given = surroundings({ ...everything, PORT: '8000', ...servers });
    for (const { service, names } of settings) {
      const environment = serviceEnvironment(service, 'PORT', {
        ...given,
        // All have a role and a key here that may.
        secrets: {
          ...given.secrets,
          databasePasswords: Object.fromEntries(serviceNames.map((name) => [name, 'p'])),
          fieldEncryptionKeys: { identity: 'k', token: 'k' },
        },
      });
      const secretsOf = (some: readonly string[]) =>
        some.filter((name) => all.includes(name) && isSecret(name));
      expect(secretsOf(Object.keys(environment)).sort(), service).toEqual(secretsOf(names).sort());
      expect(names.includes('OBJECT_STORAGE_URL'), service).toBe(storers.includes(service));
    }
  });

  it('gives each service its own users of the servers that it starts', () => {
    const own = surroundings({ NATS_TOKEN: 'of another server', REDIS_CA_FILE: '/of/another' });
    for (const name of ['token', 'gateway']) {
      const given = serviceEnvironment(name, 'PORT', own);
      expect(given).toMatchObject({
        NATS_URL: 'nats://n',
        NATS_NKEY: `SU-${name}`,
        NATS_API_PREFIX: streamsApiPrefix,
        REDIS_URL: `redis://${name}:redis-${name}@127.0.0.1:6380`,
      });
      expect(given).not.toHaveProperty('NATS_TOKEN');
      expect(given).not.toHaveProperty('REDIS_CA_FILE');
    }
    expect(streamsEnvironment(own)).toMatchObject({ NATS_URL: 'nats://n', NATS_NKEY: 'SU-operator' });
    expect(streamsEnvironment(own)).not.toHaveProperty('NATS_API_PREFIX');
  });

  it("leaves a person's own servers their own credentials", () => {
    const foreign = surroundings({
      ...{ NATS_URL: 'nats://n', NATS_CREDS_FILE: '/creds', NATS_CA_FILE: '/ca' },
      ...{ REDIS_URL: 'rediss://me:mine@r', REDIS_CA: 'pem' },
      ...{ DATABASE_URL: 'postgres://admin:p@db/undertone', DATABASE_CA: 'pem' },
    });
    const given = serviceEnvironment('token', 'PORT', {
      ...foreign,
      urls: { ...foreign.urls, redis: 'rediss://me:mine@r' },
    });
    expect(given).toMatchObject({
      ...{ NATS_CREDS_FILE: '/creds', NATS_CA_FILE: '/ca', REDIS_URL: 'rediss://me:mine@r', REDIS_CA: 'pem' },
      DATABASE_CA: 'pem',
    });
    expect(given).not.toHaveProperty('NATS_NKEY');
    expect(given).not.toHaveProperty('NATS_API_PREFIX');
    expect(streamsEnvironment(foreign)).toMatchObject({ NATS_CREDS_FILE: '/creds', NATS_CA_FILE: '/ca' });
    expect(provisionEnvironment(foreign)).toMatchObject({ DATABASE_CA: 'pem' });
  });

  it('gives the simulator nothing of what a person has in the environment', () => {
    const all = surroundings({ ...secrets, LOG_LEVEL: 'debug' });
    expect(simulatorEnvironment(all)).toEqual({ PATH: '/bin', LOG_LEVEL: 'debug' });
  });
});

describe('pnpm ops', () => {
  it.each([
    [{}, 'http://127.0.0.1:8000'],
    [{ PORT: '8900' }, 'http://127.0.0.1:8900'],
    [{ PORT: '8900', HOST: '0.0.0.0' }, 'http://127.0.0.1:8900'],
    [{ PORT: '8900', HOST: '::1' }, 'http://[::1]:8900'],
    [{ PORT: '8900', UNDERTONE_URL: 'https://undertone.example' }, 'https://undertone.example'],
  ])('with %o asks at %s', (environment, url) => {
    expect(gatewayUrl(environment)).toBe(url);
  });
});
