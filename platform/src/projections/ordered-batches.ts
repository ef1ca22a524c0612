import type { JsMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { ProjectionConsumerDefinition } from '@undertone/contracts/consumers';
import type { RecordedEvent } from '@undertone/contracts/event';
import type { EventStore } from '../event-store/event-store.js';
import { messagesInOrder } from './messages-in-order.js';

const BATCH = 1_000;

/** Gives what comes, and asks for the next while this one is worked on. */
export async function* oneAhead<T>(source: AsyncGenerator<T>): AsyncGenerator<T> {
  let next = source.next();
  try {
    for (let step = await next; !step.done; step = await next) {
      next = source.next();
      // It is looked at later, if at all.
      next.catch(() => undefined);
      yield step.value;
    }
  } finally {
    await next.catch(() => undefined);
    await source.return(undefined);
  }
}

/**
 * A projection's events from one stream sequence to another, both included, in batches of at most a thousand.
 */
export async function* orderedBatches(
  { nats, store }: { readonly nats: NatsConnection; readonly store: EventStore },
  consumer: ProjectionConsumerDefinition,
  range: { readonly from: number; readonly to: number },
  read: (message: JsMsg) => RecordedEvent,
): AsyncGenerator<RecordedEvent[]> {
  if (!(await holdsAny(store, consumer.stream, consumer.filters, range))) return;
  let batch: RecordedEvent[] = [];
  for await (const message of messagesInOrder({ nats, manager: store.manager }, consumer, range.from)) {
    if (message.seq > range.to) break;
    batch.push(read(message));
    // The last one may have been erased since.
    const isLast = message.seq === range.to || message.info.pending === 0;
    if (batch.length < BATCH && !isLast) continue;
    // What becomes of it is in the checkpoint, so the server may forget it.
    message.ack();
    yield batch;
    if (isLast) return;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function holdsAny(
  { manager }: EventStore,
  stream: string,
  filters: readonly string[],
  { from, to }: { from: number; to: number },
): Promise<boolean> {
  for (const filter of filters) {
    const query = { seq: Math.max(1, from), next_by_subj: filter };
    const next = await manager.streams.getMessage(stream, query);
    if (next && next.seq <= to) return true;
  }
  return false;
}
