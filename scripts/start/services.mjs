import { join } from 'node:path';
import { NATS_API_PREFIX, OPERATOR } from '../../deploy/access.mjs';
import { cloneRoot, erasuresFile } from '../clone-paths.mjs';
import { ExplainedError } from '../explained-error.mjs';
import { DATABASE_SERVICES } from '../settings/secrets.mjs';
import { SERVER_SETTINGS } from './start-servers.mjs';

/** The six services, each with the setting of its port. */
export const SERVICES = /** @type {const} */ ([
  ['identity', 'IDENTITY_PORT'],
  ['token', 'TOKEN_PORT'],
  ['ingestion', 'INGESTION_PORT'],
  ['insight', 'INSIGHT_PORT'],
  ['scheduler', 'SCHEDULER_PORT'],
  ['gateway', 'PORT'],
]);

/** Who may see what, by what its name begins with, although all comes from one environment. A setting that is not here reaches all. */
const OWNED = /** @type {const} */ ([
  // People sign in with the app whose tokens are refreshed.
  ['SPOTIFY_CLIENT_', ['identity', 'token']],
  ['WEBHOOK_', ['scheduler']],
  ['OPENAI_', ['insight']],
  ['LLM_', ['insight']],
  ['OIDC_', ['identity']],
  ['SMTP_', ['identity']],
  ['ERASURE', ['identity']],
  // An address without a key has that of the environment.
  ['OBJECT_STORAGE_', ['gateway', 'identity', 'ingestion']],
  ['AWS_', ['gateway', 'identity', 'ingestion']],
  ['DATABASE_', DATABASE_SERVICES],
  // Of `npm run ops`, as whom an admin calls the gateway.
  ['UNDERTONE_', []],
]);

/**
 * @typedef {object} Surroundings what the services find running
 * @property {import('../settings/settings.mjs').Settings} settings
 * @property {import('../settings/secrets.mjs').Secrets} secrets
 * @property {import('../toolchain/toolchain.mjs').Toolchain} toolchain
 * @property {{ postgres: string, redis: string, nats: string }} urls
 */

/**
 * A service's environment: a person's own settings, without what belongs to another service, and what the start knows.
 *
 * @param {string} name
 * @param {import('../settings/settings.mjs').PortSetting} portSetting
 * @param {Surroundings} surroundings
 */
export function serviceEnvironment(name, portSetting, { settings, secrets, toolchain, urls }) {
  const env = { ...settings.env, ...toolchain.env };
  for (const [prefix, owners] of OWNED) {
    if (!(/** @type {readonly string[]} */ (owners).includes(name))) {
      for (const variable of Object.keys(env).filter((key) => key.startsWith(prefix))) {
        delete env[variable];
      }
    }
  }
  for (const variable of ['DATABASE_URL', 'FIELD_ENCRYPTION_KEY', ...ofOwnServers(settings)]) {
    remove(env, variable);
  }
  const isGateway = name === 'gateway';
  const password = secrets.databasePasswords[name];
  const key = secrets.fieldEncryptionKeys[name];
  return {
    ...env,
    ...spotifyEnvironment(settings),
    NODE_ENV: settings.env.NODE_ENV || 'development',
    AUTH_MODE: settings.env.AUTH_MODE || 'open',
    PUBLIC_URL: settings.env.PUBLIC_URL || `http://127.0.0.1:${settings.ports.PORT}`,
    NATS_URL: urls.nats,
    ...(isOwn(settings, 'nats') && { NATS_NKEY: secrets.natsSeeds[name], NATS_API_PREFIX }),
    REDIS_URL: isOwn(settings, 'redis')
      ? withUser(urls.redis, name, secrets.redisPasswords[name] ?? '')
      : urls.redis,
    PORT: String(settings.ports[portSetting]),
    HOST: isGateway ? settings.host : '127.0.0.1',
    ...(password !== undefined && { DATABASE_URL: databaseUrl(urls.postgres, name, password) }),
    ...(key !== undefined && { FIELD_ENCRYPTION_KEY: key }),
    // Beside the data, and not among them: whoever puts older data back keeps the list of whom to erase again.
    ...(name === 'identity' && { ERASURE_LIST: settings.env.ERASURE_LIST || erasuresFile }),
  };
}

/** What a connection needs beside the address, by server; of no use for one that is started here. */
const CONNECTION = {
  postgres: ['DATABASE_CA', 'DATABASE_CERT', 'DATABASE_KEY'],
  redis: ['REDIS_CA', 'REDIS_CERT', 'REDIS_KEY'],
  nats: ['NATS_NKEY', 'NATS_CREDS', 'NATS_TOKEN', 'NATS_API_PREFIX', 'NATS_CA', 'NATS_CERT', 'NATS_KEY'],
};

/**
 * Whether a server is started here, with users of our own making.
 *
 * @param {import('../settings/settings.mjs').Settings} settings
 * @param {keyof typeof SERVER_SETTINGS} server
 */
const isOwn = ({ env }, server) => !env[SERVER_SETTINGS[server]];

/** @param {import('../settings/settings.mjs').Settings} settings */
const ofOwnServers = (settings) =>
  Object.keys(SERVER_SETTINGS).flatMap((name) => {
    const server = /** @type {keyof typeof SERVER_SETTINGS} */ (name);
    return isOwn(settings, server) ? CONNECTION[server] : [];
  });

/**
 * What a person has in the environment for a server that is not started here.
 *
 * @param {import('../settings/settings.mjs').Settings} settings
 * @param {keyof typeof SERVER_SETTINGS} server
 */
function connectionOf(settings, server) {
  if (isOwn(settings, server)) {
    return {};
  }
  const names = CONNECTION[server].flatMap((name) => [name, `${name}_FILE`]);
  return Object.fromEntries(names.map((name) => [name, settings.env[name]]));
}

/**
 * A setting in both of its forms: the value, and the file that holds it.
 *
 * @param {Record<string, string | undefined>} env
 * @param {string} variable
 */
function remove(env, variable) {
  delete env[variable];
  delete env[`${variable}_FILE`];
}

/**
 * The simulator stands in only where no Spotify app is configured, and the services are told, so that they can mark
 * what they make from it.
 *
 * @param {import('../settings/settings.mjs').Settings} settings
 */
function spotifyEnvironment({ simulated, ports }) {
  if (!simulated) {
    return { SPOTIFY_MODE: 'spotify' };
  }
  const simulator = `http://127.0.0.1:${ports.SPOTIFY_SIMULATOR_PORT}`;
  return {
    SPOTIFY_MODE: 'simulator',
    SPOTIFY_API_URL: simulator,
    SPOTIFY_ACCOUNTS_URL: simulator,
    RECCOBEATS_URL: `${simulator}/reccobeats`,
  };
}

/** What a program may need that needs no settings; on Windows sockets do not open without `SystemRoot`. */
const HARMLESS = [
  'PATH',
  'LD_LIBRARY_PATH',
  'NODE_OPTIONS',
  'SystemRoot',
  'TMPDIR',
  'TEMP',
  'TMP',
  'TZ',
  'LOG_LEVEL',
];

/**
 * The simulator's environment: it needs no setting, and none of the person's secrets.
 *
 * @param {Pick<Surroundings, 'settings' | 'toolchain'>} surroundings
 */
export function simulatorEnvironment({ settings, toolchain }) {
  const env = { ...toolchain.env, LOG_LEVEL: settings.env.LOG_LEVEL };
  return Object.fromEntries(Object.entries(env).filter(([name]) => HARMLESS.includes(name)));
}

/**
 * The environment of the program that makes the database and a role for each service.
 *
 * @param {Surroundings} surroundings
 */
export function provisionEnvironment({ settings, secrets, toolchain, urls }) {
  const roles = DATABASE_SERVICES.map((name) => {
    const password = secrets.databasePasswords[name] ?? '';
    return [`PROVISION_${name.toUpperCase()}`, databaseUrl(urls.postgres, name, password)];
  });
  return {
    ...toolchain.env,
    ...connectionOf(settings, 'postgres'),
    DATABASE_URL: urls.postgres,
    ...Object.fromEntries(roles),
  };
}

/**
 * The environment of the program that makes the streams.
 *
 * @param {Surroundings} surroundings
 */
export function streamsEnvironment({ settings, secrets, toolchain, urls }) {
  return {
    ...toolchain.env,
    ...connectionOf(settings, 'nats'),
    ...(isOwn(settings, 'nats') && { NATS_NKEY: secrets.natsSeeds[OPERATOR] }),
    NATS_URL: urls.nats,
    STREAM_REPLICAS: settings.env.STREAM_REPLICAS,
    AUDIT_RETENTION_DAYS: settings.env.AUDIT_RETENTION_DAYS,
  };
}

/**
 * The administrator's address, with a service's own role in it.
 *
 * @param {string} admin
 * @param {string} name
 * @param {string} password
 */
function databaseUrl(admin, name, password) {
  if (!URL.canParse(admin)) {
    throw new ExplainedError(
      'DATABASE_URL is not an address like postgres://user:password@host:5432/undertone.',
    );
  }
  return withUser(admin, `undertone_${name}`, password);
}

/**
 * @param {string} address
 * @param {string} user
 * @param {string} password
 */
function withUser(address, user, password) {
  const url = new URL(address);
  url.username = user;
  url.password = password;
  return url.href;
}

/** @param {string[]} parts */
const inClone = (...parts) => join(cloneRoot, ...parts);

export const PROGRAMS = {
  service: (/** @type {string} */ name) => inClone('services', name, 'dist', 'src', 'main.js'),
  firstAdmin: inClone('services', 'identity', 'dist', 'src', 'first-admin.js'),
  provision: inClone('platform', 'dist', 'database', 'provision.js'),
  streams: inClone('platform', 'dist', 'provision', 'provision-streams.js'),
  simulator: inClone('simulators', 'dist', 'spotify', 'main.js'),
};
