import { lookup } from 'node:dns/promises';
import { Agent, buildConnector, type Dispatcher, fetch, Request } from 'undici';
import { isPublicAddress } from './public-address.js';

/** An address that somebody named is none that this system calls. */
export class AddressRefused extends Error {
  readonly code = 'ADDRESS_REFUSED';
  constructor(host: string, why: string) {
    super(`${host} is not called: ${why}`);
    this.name = 'AddressRefused';
  }
}

export interface GuardOptions {
  /** What may be called all the same, as `host:port`: what an operator's own settings name. */
  readonly allowed: readonly string[];
  /** All addresses of a name; the system's resolver by itself. */
  readonly resolve?: (name: string) => Promise<readonly string[]>;
  /** Makes the connection. */
  readonly connector?: buildConnector.connector;
}

type Target = Parameters<buildConnector.connector>[0];
type Connected = Parameters<buildConnector.connector>[1];

const CONNECT_MS = 10_000;
const PORTS: readonly number[] = [80, 443];
const PROTOCOLS: readonly string[] = ['http:', 'https:'];

/**
 * `fetch` for addresses that stand on somebody's word: http and https on ports 80 and 443 of public addresses. A name is resolved
 * once, each address that it has must be public, and the connection goes to one of those: what the name resolves to a moment later does not
 * count. Every redirect is a connection of its own and is checked like the first. What `fetch` answers without a connection (`data:`,
 * `blob:`) is not called, and no redirect leads there: the Fetch standard ends at one ("HTTP-redirect fetch").
 *
 * Refused, it rejects with a `TypeError` whose cause is `AddressRefused` (`addressRefusal`).
 */
export function guardedFetch(options: GuardOptions): typeof fetch {
  const dispatcher: Dispatcher = new Agent({ connect: guardedConnector(options) });
  return async (input, init) => {
    const { protocol } = new URL(input instanceof Request ? input.url : input);
    if (!PROTOCOLS.includes(protocol)) {
      throw new TypeError('fetch failed', {
        cause: new AddressRefused(protocol, 'only http: and https: are'),
      });
    }
    return fetch(input, { ...init, dispatcher });
  };
}

/** Why the address was refused, where an error says that. */
export function addressRefusal(error: unknown): AddressRefused | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof AddressRefused) return cause;
  }
  return undefined;
}

/** Connects to what may be called, and to nothing else. */
export function guardedConnector(options: GuardOptions): buildConnector.connector {
  const { connector = buildConnector({ timeout: CONNECT_MS }) } = options;
  return (target: Target, connected: Connected) => {
    checked(target, options).then(
      (addresses) => connectToFirst(connector, target, addresses, connected),
      (error: Error) => connected(error, null),
    );
  };
}

/** @returns the addresses to try, in order. @throws {AddressRefused} */
async function checked(
  target: Target,
  { allowed, resolve = resolved }: GuardOptions,
): Promise<readonly string[]> {
  const name = target.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = Number(target.port) || (target.protocol === 'https:' ? 443 : 80);
  if (allowed.some((one) => isSame(one, name, port))) return [name];
  if (!PORTS.includes(port)) throw new AddressRefused(`${name}:${port}`, 'only ports 80 and 443 are');
  const addresses = await resolve(name);
  const inner = addresses.find((address) => !isPublicAddress(address));
  if (inner !== undefined || addresses.length === 0) {
    throw new AddressRefused(name, `${inner ?? 'it has no address, which'} is no public address`);
  }
  return addresses;
}

const resolved = async (name: string): Promise<readonly string[]> =>
  (await lookup(name, { all: true })).map(({ address }) => address);

const isSame = (allowed: string, name: string, port: number): boolean =>
  allowed.toLowerCase() === `${name.includes(':') ? `[${name}]` : name}:${port}`.toLowerCase();

function connectToFirst(
  connector: buildConnector.connector,
  target: Target,
  [address = '', ...others]: readonly string[],
  connected: Connected,
): void {
  // The certificate is held against the name (`host`), whatever address is connected to.
  connector({ ...target, hostname: address }, (error, socket) => {
    if (error && others.length > 0) connectToFirst(connector, target, others, connected);
    else if (error) connected(error, null);
    else connected(null, socket);
  });
}
