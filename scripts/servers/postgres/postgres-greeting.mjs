import { endpointOf, exchange } from '../exchange.mjs';

/** The state of a server that accepts connections while it still starts or already stops. */
const CANNOT_CONNECT_NOW = '57P03';

/**
 * Resolves when a Postgres answers a client's first message with the question for a password, or refuses it for the
 * sake of that client. No password is needed to learn that much.
 *
 * @param {string} address
 * @returns {Promise<'asks' | 'refuses'>}
 */
export function postgresGreeting(address) {
  const user = decodeURIComponent(new URL(address).username || 'postgres');
  const words = Buffer.from(['user', user, 'database', 'postgres', ''].map((word) => `${word}\0`).join(''));
  const head = Buffer.alloc(8);
  head.writeInt32BE(head.length + words.length, 0);
  head.writeInt32BE(0x0003_0000, 4); // protocol 3.0
  return exchange({
    ...endpointOf(address, 5432),
    send: Buffer.concat([head, words]),
    answer: (received) => {
      const kind = String.fromCharCode(received[0] ?? 0);
      if (kind === 'R') {
        return 'asks';
      }
      if (kind !== 'E') {
        throw new Error('what answers is not Postgres');
      }
      if (received.length < 5 || received.length < received.readInt32BE(1) + 1) {
        return undefined;
      }
      if (received.includes(`C${CANNOT_CONNECT_NOW}\0`)) {
        throw new Error('it is still starting');
      }
      return 'refuses';
    },
  });
}
