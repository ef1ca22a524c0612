import { setTimeout as sleep } from 'node:timers/promises';
import {
  AckPolicy,
  DeliverPolicy,
  JetStreamApiError,
  JetStreamError,
  type JetStreamManager,
  type JsMsg,
} from '@nats-io/jetstream';
import { type NatsConnection, nanos } from '@nats-io/transport-node';
import type { ProjectionConsumerDefinition } from '@undertone/contracts/consumers';
import { rebuildConsumer } from '@undertone/contracts/servers/nats-permissions';
import { jetStreamOf } from '../nats/jetstream.js';

const MOST_AT_ONCE = 2_000;
/** After that long a message that was lost on the way comes again. */
const ACK_WAIT_MS = 10_000;
/** The server removes the consumer when nobody has read from it for so long. */
const FORGOTTEN_MS = 60_000;
const PAUSE_MS = 200;
const CONSUMER_NOT_FOUND = 10014;

/**
 * A projection's messages from a stream sequence on, without gaps and in order. The client's own ordered consumers have names
 * that nobody knows beforehand, and a service may make those alone that its credentials name: so this is one with a fixed name,
 * which is made anew where a message is missing or the consumer is gone.
 *
 * Whoever reads acknowledges now and then; the last message stands for all before it.
 */
export async function* messagesInOrder(
  { nats, manager }: { readonly nats: NatsConnection; readonly manager: JetStreamManager },
  { stream, name, filters }: ProjectionConsumerDefinition,
  from: number,
): AsyncGenerator<JsMsg> {
  const consumer = rebuildConsumer(name);
  for (let next = Math.max(1, from); ; await sleep(PAUSE_MS)) {
    await remove(manager, stream, consumer);
    await manager.consumers.add(stream, {
      durable_name: consumer,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: next,
      filter_subjects: [...filters],
      ack_policy: AckPolicy.All,
      ack_wait: nanos(ACK_WAIT_MS),
      max_ack_pending: -1,
      inactive_threshold: nanos(FORGOTTEN_MS),
      num_replicas: 1,
    });
    const pulled = await jetStreamOf(nats).consumers.get(stream, consumer);
    const messages = await pulled.consume({
      max_messages: MOST_AT_ONCE,
      expires: 5_000,
      idle_heartbeat: 1_000,
      abort_on_missing_resource: true,
    });
    let delivered = 0;
    try {
      for await (const message of messages) {
        delivered += 1;
        // One was lost, and comes again after those that followed it.
        if (message.info.deliverySequence !== delivered) break;
        next = message.seq + 1;
        yield message;
      }
    } catch (error) {
      // Somebody removed it, or its server lost it.
      if (!(error instanceof JetStreamError)) throw error;
    } finally {
      messages.stop();
    }
  }
}

async function remove(manager: JetStreamManager, stream: string, consumer: string): Promise<void> {
  await manager.consumers.delete(stream, consumer).catch((error: unknown) => {
    if (!(error instanceof JetStreamApiError) || error.code !== CONSUMER_NOT_FOUND) throw error;
  });
}
