import { ExplainedError, messageOf } from '../../explained-error.mjs';
import { Unavailable } from './unavailable.mjs';
import { MINIMUM } from './versions.mjs';

/** Where a server program may come from, in the order they are tried. */
const SOURCES = /** @type {const} */ (['path', 'npm', 'docker', 'archive']);

/**
 * @typedef {typeof SOURCES[number]} Source
 *
 * @typedef {object} Program a server's program, ready to be started
 * @property {string} command
 * @property {string} source where it came from, for a person
 * @property {boolean} inContainer
 * @property {string} [libraryPath] for LD_LIBRARY_PATH
 */

/**
 * The order that the setting SERVERS_FROM gives, such as `docker,archive`.
 *
 * @param {string | undefined} setting
 * @returns {readonly Source[]}
 */
export function sourceOrder(setting) {
  if (!setting) {
    return SOURCES;
  }
  return setting.split(',').map((word) => {
    const source = SOURCES.find((known) => known === word.trim());
    if (source === undefined) {
      throw new ExplainedError(`SERVERS_FROM is a list of ${SOURCES.join(', ')}; '${word}' is none of them.`);
    }
    return source;
  });
}

/**
 * Goes through the sources until one can give the server.
 *
 * @template T
 * @param {object} options
 * @param {'postgres' | 'redis' | 'nats'} options.server
 * @param {string} options.setting whose value would name a running server
 * @param {readonly Source[]} options.order
 * @param {Partial<Record<Source, () => Promise<T>>>} options.sources
 * @param {(text: string) => void} options.log
 * @returns {Promise<T>}
 * @throws {ExplainedError} with each source's reason, and what to type
 */
export async function findSource({ server, setting, order, sources, log }) {
  const reasons = [];
  for (const source of order) {
    const take = sources[source];
    if (take === undefined) {
      continue;
    }
    try {
      return await take();
    } catch (error) {
      if (error instanceof Unavailable && error.notable) {
        log(`passed over ${SOURCE_NAMES[source]}: ${error.message}`);
      }
      reasons.push(`  ${source}: ${messageOf(error)}`);
    }
  }
  throw new ExplainedError(
    `No ${NAMES[server]} ${MINIMUM[server]} or later could be found.\n${reasons.join('\n')}\n` +
      `Install it:\n${ADVICE[server]}\nor set ${setting} to the address of a running one.`,
  );
}

const SOURCE_NAMES = {
  path: "this machine's own program",
  npm: 'the npm package',
  docker: 'Docker',
  archive: 'the archive',
};

const NAMES = { postgres: 'Postgres', redis: 'Redis', nats: 'NATS server' };

const ADVICE = {
  postgres: `  macOS:    brew install postgresql@18
  Linux:    your distribution's postgresql-18 package, or Docker
  Windows:  winget install PostgreSQL.PostgreSQL.18`,
  redis: `  macOS:    brew install redis
  Linux:    sudo apt install redis-server (or your distribution's redis package), or Docker
  Windows:  run this in WSL (wsl --install), or install Docker Desktop: winget install Docker.DockerDesktop`,
  nats: `  macOS:    brew install nats-server
  Linux:    your distribution's nats-server package where it is 2.14 or later, or Docker
  Windows:  winget install NATSAuthors.NATSServer`,
};
