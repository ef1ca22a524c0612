import { createSocket } from 'node:dgram';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { commandLine } from './command-line.mjs';
import { runQuietly } from './run-quietly.mjs';

/**
 * Whether nothing listens on a port. Binding alone does not tell everywhere: some systems let a second program bind
 * 127.0.0.1 beside one that has 0.0.0.0.
 *
 * @param {number} port
 * @param {string} [host]
 */
export async function isFree(port, host = '127.0.0.1') {
  return !(await answers(port)) && (await canBind(port, host));
}

/**
 * A free port outside the ranges that systems give to outgoing connections: a client that keeps trying to reach a
 * stopped server there could otherwise be given the server's own port and connect to itself. It is this process's for
 * as long as it runs: whoever else picks one gets another, though nothing may listen there yet, or again.
 */
export async function pickPort() {
  for (;;) {
    const port = 15_000 + Math.floor(Math.random() * 17_000);
    if ((await reserve(port)) && (await isFree(port))) {
      return port;
    }
  }
}

/**
 * Reserves a TCP port among all who pick: the UDP port of the same number is bound, which one process can do, and
 * which the system undoes when that process ends, however it ends.
 *
 * @param {number} port
 * @returns {Promise<boolean>} false: somebody has it
 */
function reserve(port) {
  return new Promise((resolve) => {
    const socket = createSocket('udp4').unref();
    socket.once('error', () => {
      socket.close();
      resolve(false);
    });
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => resolve(true));
  });
}

/**
 * Whether something accepts connections on a port of this machine.
 *
 * @param {number} port
 * @returns {Promise<boolean>}
 */
export function answers(port) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.setTimeout(1000, () => finish(false));
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
    /** @param {boolean} result */
    function finish(result) {
      socket.destroy();
      resolve(result);
    }
  });
}

/**
 * @param {number} port
 * @param {string} host
 * @returns {Promise<boolean>}
 */
function canBind(port, host) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * Who listens on a port, as `process 4711 (nats-server -c …)`, where the system tells.
 *
 * @param {number} port
 * @returns {Promise<string | undefined>}
 */
export async function portHolder(port) {
  const pid = process.platform === 'linux' ? holderFromProc(port) : await holderFromLsof(port);
  if (pid === undefined) {
    return undefined;
  }
  const command = (await commandLine(pid))?.slice(0, 120);
  return command ? `process ${pid} (${command})` : `process ${pid}`;
}

/** @param {number} port */
function holderFromProc(port) {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  const inodes = new Set();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of readLines(table)) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state === '0A' && local?.endsWith(`:${wanted}`)) {
        inodes.add(`socket:[${inode}]`);
      }
    }
  }
  const pids = inodes.size === 0 ? [] : readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).find((pid) => openFiles(pid).some((file) => inodes.has(file)));
}

/** @param {string} file */
function readLines(file) {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}

/** @param {number} pid */
function openFiles(pid) {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`);
      } catch {
        return '';
      }
    });
  } catch {
    return [];
  }
}

/** @param {number} port */
async function holderFromLsof(port) {
  const { stdout } = await runQuietly('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-t']);
  const pid = Number(stdout.split('\n')[0]);
  return pid > 0 ? pid : undefined;
}
