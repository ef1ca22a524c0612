import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  errors,
  type NatsConnection,
  nkeyAuthenticator,
} from '@nats-io/transport-node';
import type { Logger } from '../logging/logger.js';
import { type NatsSettings, tlsOptions } from '../settings/server-settings.js';
import { withApiPrefix } from './jetstream.js';

/**
 * How every connection is made: it tries again for ever, at start too, so that services and servers may come up in any
 * order. A server that answers no ping for fifteen seconds (two are out when the third would go) counts as gone; the servers
 * ask the same of their clients (`deploy/nats/nats-server.conf`), so a frozen replica is asked nothing more after that time.
 * @param name of the connection; its first word is the service, whose inboxes are its own.
 */
export function natsOptions(settings: NatsSettings, name: string) {
  const { addresses, ...who } = identity(settings);
  const [service] = name.split(' ');
  return {
    servers: addresses.map(({ host }) => host),
    name,
    ...who,
    ...tls(settings, addresses),
    inboxPrefix: `_INBOX_${service}`,
    // The credentials of a connection stay as they are, and a server that is being set up may learn of them later.
    ignoreAuthErrorAbort: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    waitOnFirstConnect: true,
    // Each request would keep a stack trace, in case it fails; our own errors say who asked.
    noAsyncTraces: true,
    // Of one try; a server that wants a certificate leaves whoever has none without a word.
    timeout: 10_000,
    pingInterval: 5_000,
    maxPingOut: 2,
  } satisfies ConnectionOptions;
}

// The client takes addresses without names in them, and one user for all.
function identity({ NATS_URL, NATS_NKEY, NATS_CREDS, NATS_TOKEN }: NatsSettings) {
  const addresses = NATS_URL.split(',').map((address) => new URL(address));
  const named = addresses.find(({ username }) => username !== '');
  const [user, pass] = [named?.username ?? '', named?.password ?? ''].map(decodeURIComponent);
  const bytes = (text: string) => new TextEncoder().encode(text);
  const authenticator = [
    ...(NATS_NKEY ? [nkeyAuthenticator(bytes(NATS_NKEY))] : []),
    ...(NATS_CREDS ? [credsAuthenticator(bytes(NATS_CREDS))] : []),
  ];
  // A name alone is a token.
  const token = NATS_TOKEN ?? (pass ? undefined : user);
  return {
    addresses,
    ...(authenticator.length > 0 && { authenticator }),
    ...(token && { token }),
    ...(pass && { user, pass }),
  };
}

function tls({ NATS_CA, NATS_CERT, NATS_KEY }: NatsSettings, addresses: readonly URL[]) {
  const asked = NATS_CA !== undefined || addresses.some(({ protocol }) => protocol === 'tls:');
  return asked ? { tls: tlsOptions(NATS_CA, NATS_CERT, NATS_KEY) } : {};
}

/** Where answers to a service's questions go: once the time for an answer is over, nobody may publish there. */
const ANSWERS = /^_(?:R_|INBOX_)/;

/** Of a process that was frozen, one for each question that it still had. */
const isLateAnswer = (error: unknown): boolean =>
  error instanceof errors.PermissionViolationError &&
  error.operation === 'publish' &&
  ANSWERS.test(error.subject);

/** Connects to NATS and stays connected; until it is, it says why not. */
export async function connectNats(
  settings: NatsSettings,
  name: string,
  log: Logger,
): Promise<NatsConnection> {
  const nats = withApiPrefix(await firstConnection(settings, name, log), settings.NATS_API_PREFIX);
  void (async () => {
    for await (const status of nats.status()) {
      if (status.type === 'disconnect') log.warn('NATS is gone, connecting again');
      else if (status.type === 'reconnect') log.info('NATS is back');
      else if (status.type === 'error' && isLateAnswer(status.error)) {
        log.debug({ err: status.error }, 'an answer came too late for whoever asked');
      } else if (status.type === 'error') log.warn({ err: status.error }, 'NATS reported an error');
    }
  })();
  return nats;
}

// The client can wait for its first connection, too, but does not say what for: wrong credentials look like no server.
async function firstConnection(settings: NatsSettings, name: string, log: Logger): Promise<NatsConnection> {
  const options = { ...natsOptions(settings, name), waitOnFirstConnect: false };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await connect(options);
    } catch (error) {
      if (attempt === 1 || attempt % 40 === 0) {
        const reason = error instanceof Error ? error.message : String(error);
        log.warn({ reason, attempt }, 'NATS does not take the connection yet, waiting');
      }
      await sleep(options.reconnectTimeWait);
    }
  }
}
