import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { Logger } from '../logging/logger.js';

/**
 * Connects to NATS and stays connected: it tries again for ever, at start too, so that services and servers may
 * come up in any order.
 */
export async function connectNats(url: string, name: string, log: Logger): Promise<NatsConnection> {
  const nats = await connect({
    servers: url.split(','),
    name,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    waitOnFirstConnect: true,
    pingInterval: 10_000,
  });
  void (async () => {
    for await (const status of nats.status()) {
      if (status.type === 'disconnect') log.warn('NATS is gone, connecting again');
      else if (status.type === 'reconnect') log.info('NATS is back');
      else if (status.type === 'error') log.warn({ err: status.error }, 'NATS reported an error');
    }
  })();
  return nats;
}
