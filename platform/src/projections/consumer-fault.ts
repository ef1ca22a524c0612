import { JetStreamApiError, type JetStreamManager } from '@nats-io/jetstream';
import type { ProjectionConsumerDefinition } from '@undertone/contracts/consumers';

/**
 * What is wrong with a projection's consumer that no delivery would tell, because there is none:
 * - `gone`: somebody deleted it;
 * - `ahead`: events were acknowledged that the tables do not show (they were dropped, or a transaction was lost).
 */
export type ConsumerFault = 'gone' | 'ahead';

/** Code of the server's "consumer not found". */
const CONSUMER_NOT_FOUND = 10014;

/** @param checkpoint gives the projection's position; asked after the server was, so that it is never the older. */
export async function consumerFault(
  manager: JetStreamManager,
  { stream, name, filters }: ProjectionConsumerDefinition,
  checkpoint: () => Promise<number>,
): Promise<ConsumerFault | undefined> {
  let acknowledged: number;
  try {
    acknowledged = (await manager.consumers.info(stream, name)).ack_floor.stream_seq;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === CONSUMER_NOT_FOUND) return 'gone';
    throw error;
  }
  const applied = await checkpoint();
  if (acknowledged <= applied) return undefined;
  // The server moves its floor past events that are not for this consumer, too.
  for (const filter of filters) {
    const next = await manager.direct.getMessage(stream, { seq: applied + 1, next_by_subj: filter });
    if (next && next.seq <= acknowledged) return 'ahead';
  }
  return undefined;
}
