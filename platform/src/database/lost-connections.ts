import type { EventEmitter } from 'node:events';

/** What of pg's pool and its clients is used here. */
interface PooledClient extends EventEmitter {
  release(error?: Error): void;
}

/**
 * Gives the place of a connection that was lost while it was in use back to its pool. Kysely gives it back only after a
 * `begin`, `commit` or `rollback` that succeeded (0.29), and on a lost connection none does: without this every outage
 * of Postgres would leave the pool smaller by the transactions it broke off, and in the end empty.
 */
export function giveBackLostConnections(pool: EventEmitter): void {
  const inUse = new WeakSet<PooledClient>();
  pool.on('acquire', (client: PooledClient) => inUse.add(client));
  pool.on('release', (_error: unknown, client: PooledClient) => inUse.delete(client));
  pool.on('connect', (client: PooledClient) =>
    client.once('end', () => {
      if (!inUse.has(client)) return;
      client.release(new Error('the connection was lost'));
      // Whoever used it may still want to.
      client.release = () => undefined;
    }),
  );
}
