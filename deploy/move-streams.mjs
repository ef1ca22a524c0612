// Moves the streams of an installation from before there were accounts to where NATS looks for those of the operator's account: its
// folder is named after the account. One rename, so that a kill leaves all of them in one place or the other; later runs find
// nothing to move.
//
//   node deploy/move-streams.mjs STORE [HOST:PORT]     of a server that is stopped; one that answers there is not
import { closeSync, existsSync, fsyncSync, openSync, readdirSync, renameSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

/** The account of everybody, where a server names none. */
const BEFORE = '$G';
/** The operator's, of `nats/users.conf`. */
const NOW = 'STREAMS';

/**
 * @param {string} store the server's `store_dir`; it has to be stopped
 * @returns {boolean} whether there was something to move
 */
export function moveStreams(store) {
  const [before, now] = [BEFORE, NOW].map((account) => join(store, 'jetstream', account));
  if (before === undefined || now === undefined || !holdsStreams(before)) return false;
  if (holdsStreams(now)) {
    throw new Error(
      `${before} and ${now} both hold streams: an earlier release ran after a newer one. Move away the one that is not to be kept.`,
    );
  }
  renameSync(before, now);
  // What is written there from now on must not be on disk before this is.
  const folder = openSync(join(store, 'jetstream'), 'r');
  fsyncSync(folder);
  closeSync(folder);
  return true;
}

/** @param {string} account */
function holdsStreams(account) {
  const streams = join(account, 'streams');
  return existsSync(streams) && readdirSync(streams).length > 0;
}

/**
 * @param {string} address
 * @returns {Promise<boolean>}
 */
function answers(address) {
  const [host = '', port] = address.split(':');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), timeout: 5_000 });
    const end = (/** @type {boolean} */ is) => {
      socket.destroy();
      resolve(is);
    };
    socket.once('connect', () => end(true));
    // A host that is frozen, or behind a firewall, may have a server.
    socket.once('timeout', () => end(true));
    socket.once('error', () => end(false));
  });
}

if (import.meta.main) {
  const [store = '/data', address] = process.argv.slice(2);
  const before = join(store, 'jetstream', BEFORE);
  if (holdsStreams(before) && address !== undefined && (await answers(address))) {
    console.error(
      `The streams in ${before} have to be moved, and NATS runs on them. Stop it, and start again.`,
    );
    process.exit(1);
  }
  if (moveStreams(store)) console.log(`moved the streams of ${BEFORE} to ${NOW}`);
}
