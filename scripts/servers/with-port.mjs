import { pickPort } from '../processes/ports.mjs';
import { PortTaken } from './server-process.mjs';

/**
 * Runs `start` with the given port, or with a free one for 0: then another is tried when some other program was
 * faster.
 *
 * @template T
 * @param {number} port
 * @param {(port: number) => Promise<T>} start
 * @returns {Promise<T>}
 */
export async function withPort(port, start) {
  if (port !== 0) {
    return start(port);
  }
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(await pickPort());
    } catch (error) {
      if (!(error instanceof PortTaken) || attempt === 5) {
        throw error;
      }
    }
  }
}
