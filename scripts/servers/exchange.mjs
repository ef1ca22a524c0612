import { connect as connectPlain, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';

/**
 * Connects, sends, and collects what comes back until `answer` makes something of it.
 *
 * @template T
 * @param {object} options
 * @param {string} options.host
 * @param {number} options.port
 * @param {Buffer | string} [options.send]
 * @param {false | { ca: string | undefined }} [options.tls]
 * @param {(received: Buffer) => T | undefined} options.answer may throw to refuse
 * @param {number} [options.timeoutMs]
 * @returns {Promise<T>}
 */
export function exchange({ host, port, send, tls = false, answer, timeoutMs = 3000 }) {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const socket = tls
      ? connectTls({ host, port, servername: isIP(host) ? '' : host, ca: tls.ca })
      : connectPlain({ host, port });
    const deadline = setTimeout(
      () => fail(new Error(`${host}:${port} gave no answer in ${timeoutMs} ms`)),
      timeoutMs,
    );
    const fail = (/** @type {unknown} */ error) => {
      clearTimeout(deadline);
      socket.destroy();
      reject(error);
    };
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      if (send !== undefined) {
        socket.write(send);
      }
    });
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      try {
        const result = answer(received);
        if (result !== undefined) {
          clearTimeout(deadline);
          socket.destroy();
          resolve(result);
        }
      } catch (error) {
        fail(error);
      }
    });
    socket.once('error', fail);
    socket.once('close', () => fail(new Error(`${host}:${port} closed the connection`)));
  });
}

/**
 * Where a server's address points, with the protocol's usual port where none is given.
 *
 * @param {string} url
 * @param {number} port
 */
export function endpointOf(url, port) {
  const { hostname, port: given } = new URL(url);
  return { host: hostname.replace(/^\[|\]$/g, '') || '127.0.0.1', port: Number(given) || port };
}
