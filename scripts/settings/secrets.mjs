import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { makeSeed, OPERATOR, SERVICES } from '../../deploy/access.mjs';
import { secretsFile } from '../clone-paths.mjs';
import { ExplainedError } from '../explained-error.mjs';

/** The services that own a Postgres schema, each with a role of its own. */
export const DATABASE_SERVICES = /** @type {const} */ ([
  'identity',
  'token',
  'ingestion',
  'insight',
  'scheduler',
]);

/** The services that keep encrypted fields, each under a key of its own. */
const ENCRYPTING_SERVICES = /** @type {const} */ (['identity', 'token']);

/**
 * @typedef {object} Secrets
 * @property {string} postgresPassword of the administrator of the Postgres that the start runs itself
 * @property {Record<string, string>} databasePasswords by service
 * @property {Record<string, string>} fieldEncryptionKeys by service: 32 random bytes, base64
 * @property {string} redisPassword of the administrator of the Redis that the start runs itself
 * @property {Record<string, string>} redisPasswords by service
 * @property {Record<string, string>} natsSeeds by service, and the operator's: the secret half of a key pair
 */

/**
 * The installation's own secrets, made at the first start. They belong to the data: a new key could not read what an
 * old one encrypted, so they outlive `--reset` too.
 *
 * @returns {Secrets}
 */
export function readSecrets() {
  const known = readExisting();
  const secrets = {
    postgresPassword: known.postgresPassword ?? password(),
    databasePasswords: complete(DATABASE_SERVICES, known.databasePasswords, password),
    fieldEncryptionKeys: complete(ENCRYPTING_SERVICES, known.fieldEncryptionKeys, () =>
      randomBytes(32).toString('base64'),
    ),
    redisPassword: known.redisPassword ?? password(),
    redisPasswords: complete(SERVICES, known.redisPasswords, password),
    natsSeeds: complete([...SERVICES, OPERATOR], known.natsSeeds, makeSeed),
  };
  const text = `${JSON.stringify(secrets, null, 2)}\n`;
  if (text !== `${JSON.stringify(known, null, 2)}\n`) {
    writeFileSync(`${secretsFile}.new`, text, { mode: 0o600 });
    renameSync(`${secretsFile}.new`, secretsFile);
  }
  chmodSync(secretsFile, 0o600);
  return secrets;
}

/** @returns {Partial<Secrets>} */
function readExisting() {
  let text;
  try {
    text = readFileSync(secretsFile, 'utf8');
  } catch {
    return {};
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new ExplainedError(
      `${secretsFile} is not JSON. Restore it from a copy; without it the stored tokens cannot be read. ` +
        'To begin anew, delete it and run: npm start -- --reset',
    );
  }
}

/** Letters and digits alone, so that it needs no escaping in a URL. */
function password() {
  return randomBytes(24).toString('hex');
}

/**
 * @param {readonly string[]} names
 * @param {Record<string, string> | undefined} known
 * @param {() => string} make
 */
function complete(names, known, make) {
  /** @type {Record<string, string>} */
  const all = {};
  for (const name of names) {
    all[name] = known?.[name] ?? make();
  }
  return all;
}
