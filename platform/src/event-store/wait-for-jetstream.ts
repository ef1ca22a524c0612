import { JetStreamApiError } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';
import type { Logger } from '../logging/logger.js';
import { StreamsNotReady } from '../nats/streams-ready.js';
import { LogUnavailable } from './event-store.js';

/** Code of the server's "no suitable peers for placement": of a cluster that is not complete yet. */
const NO_PEERS = 10005;
const LONGEST_PAUSE_MS = 2_000;

/**
 * Does what a service needs of JetStream at its start, again and again until the servers answer: they and the services may come
 * up in any order. It is safe for work that may be done twice.
 * @returns what `work` gives.
 * @throws what JetStream answers, where another try would not change it.
 */
export async function waitForJetStream<T>(log: Logger, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!mayPass(error)) throw error;
      // What only looks as if it passed, such as more replicas than there are servers, is said again and again.
      if (attempt === 1 || attempt % 10 === 0) {
        log.warn({ reason: (error as Error).message, attempt }, 'JetStream does not answer yet, waiting');
      }
      await new Promise((resolve) => setTimeout(resolve, Math.min(attempt * 200, LONGEST_PAUSE_MS)));
    }
  }
}

function mayPass(error: unknown): boolean {
  if (error instanceof Error && error.cause instanceof errors.PermissionViolationError) return false;
  if (error instanceof JetStreamApiError) return error.status >= 500 || error.code === NO_PEERS;
  return (
    error instanceof LogUnavailable ||
    error instanceof StreamsNotReady ||
    error instanceof errors.TimeoutError ||
    error instanceof errors.RequestError ||
    error instanceof errors.NoRespondersError
  );
}
