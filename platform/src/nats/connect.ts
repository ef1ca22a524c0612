import { type ConnectionOptions, connect, type NatsConnection } from '@nats-io/transport-node';
import type { Logger } from '../logging/logger.js';

/**
 * How every connection is made: it tries again for ever, at start too, so that services and servers may come up in any
 * order. A server that answers no ping for fifteen seconds (two are out when the third would go) counts as gone; the servers
 * ask the same of their clients (`deploy/nats/nats-server.conf`), so a frozen replica is asked nothing more after that time.
 */
export const natsOptions = (url: string, name: string) =>
  ({
    servers: url.split(','),
    name,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    waitOnFirstConnect: true,
    pingInterval: 5_000,
    maxPingOut: 2,
  }) satisfies ConnectionOptions;

/** Connects to NATS and stays connected. */
export async function connectNats(url: string, name: string, log: Logger): Promise<NatsConnection> {
  const nats = await connect(natsOptions(url, name));
  void (async () => {
    for await (const status of nats.status()) {
      if (status.type === 'disconnect') log.warn('NATS is gone, connecting again');
      else if (status.type === 'reconnect') log.info('NATS is back');
      else if (status.type === 'error') log.warn({ err: status.error }, 'NATS reported an error');
    }
  })();
  return nats;
}
