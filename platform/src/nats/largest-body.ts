import type { NatsConnection } from '@nats-io/transport-node';

/** What a server takes in one message unless its configuration says otherwise. */
const DEFAULT_MAX_PAYLOAD = 1024 * 1024;
/** Kept free for headers, which count as well. */
const HEADERS_BYTES = 4_096;

const lastSaid = new WeakMap<NatsConnection, number>();

/**
 * How many bytes the body of one message may have. A server closes the connection of a client that sends more than its
 * `max_payload`; while it is gone, what it said last holds, because what is sent now reaches it when it is back.
 */
export function largestBody(nats: NatsConnection): number {
  const said = nats.info?.max_payload;
  if (said !== undefined) lastSaid.set(nats, said);
  return (said ?? lastSaid.get(nats) ?? DEFAULT_MAX_PAYLOAD) - HEADERS_BYTES;
}
