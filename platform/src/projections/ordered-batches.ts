import { DeliverPolicy, type JsMsg, jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { ProjectionConsumerDefinition } from '@undertone/contracts/consumers';
import type { RecordedEvent } from '@undertone/contracts/event';
import type { EventStore } from '../event-store/event-store.js';

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
  { stream, filters }: ProjectionConsumerDefinition,
  range: { readonly from: number; readonly to: number },
  read: (message: JsMsg) => RecordedEvent,
): AsyncGenerator<RecordedEvent[]> {
  if (!(await holdsAny(store, stream, filters, range))) return;
  const consumer = await jetstream(nats).consumers.get(stream, {
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: Math.max(1, range.from),
    filter_subjects: [...filters],
  });
  const messages = await consumer.consume({
    max_messages: 2 * BATCH,
    expires: 5_000,
    idle_heartbeat: 1_000,
  });
  try {
    let batch: RecordedEvent[] = [];
    for await (const message of messages) {
      if (message.seq > range.to) break;
      batch.push(read(message));
      // The last one may have been erased since.
      const isLast = message.seq === range.to || message.info.pending === 0;
      if (batch.length < BATCH && !isLast) continue;
      yield batch;
      if (isLast) return;
      batch = [];
    }
    if (batch.length > 0) yield batch;
  } finally {
    messages.stop();
  }
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
