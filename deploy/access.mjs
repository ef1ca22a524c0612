// What the servers are told of the services' credentials. The permissions are in nats/users.conf and redis/users.acl, which are
// made from the contracts; here the keys and passwords of an installation are put to them.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { publicKeyOf } from './nkeys.mjs';

export { makeSeed } from './nkeys.mjs';

/** Every service has credentials for NATS and Redis; those with a schema have them for Postgres, too. */
export const SERVICES = /** @type {const} */ ([
  'gateway',
  'identity',
  'token',
  'ingestion',
  'insight',
  'scheduler',
]);

/**
 * Where a service has the JetStream API (its NATS_API_PREFIX): the streams are in the operator's account, and `nats/users.conf` brings
 * what a service may ask of it into the service's own account under this prefix.
 */
export const NATS_API_PREFIX = 'JS.streams.API';

/** Makes the streams, and is no service. */
export const OPERATOR = 'operator';

const here = (/** @type {string} */ path) => readFileSync(new URL(path, import.meta.url), 'utf8');

/** Which user of NATS may do what; it includes `keys.conf` from the same folder. */
export const natsUsers = () => here('nats/users.conf');

/**
 * Which user of NATS has which public key.
 *
 * @param {Record<string, string>} seeds by service, and the operator's
 */
export function natsKeys(seeds) {
  return [...SERVICES, OPERATOR]
    .map((name) => `${name.toUpperCase()}_NKEY: ${publicKeyOf(seeds[name] ?? '')}\n`)
    .join('');
}

/** What Redis does where memory runs out. */
export const redisMemory = () => here('redis/redis.conf');

/**
 * Redis' file of users, the administrator `default` among them.
 *
 * @param {{ prefix: string, admin: string, passwords: Record<string, string> }} options passwords by service
 */
export function redisUsers({ prefix, admin, passwords }) {
  // As the services take it: a space or a * in it would let them have more.
  if (!/^[^\s*?[\]\\'"]+$/.test(prefix)) {
    throw new Error('REDIS_PREFIX has to be without spaces, quotes, and * ? [ ] \\');
  }
  const users = here('redis/users.acl')
    .replaceAll('{{PREFIX}}', prefix)
    .replaceAll(/\{\{([A-Z]+)\}\}/g, (_, name) => hashOf(passwords[name.toLowerCase()] ?? ''));
  return `user default reset on ~* &* +@all #${hashOf(admin)}\n${users}`;
}

/**
 * A password as Redis keeps it: it cannot be told from that.
 *
 * @param {string} password
 */
const hashOf = (password) => createHash('sha256').update(password).digest('hex');
