import type { JsMsg } from '@nats-io/jetstream';
import type { RecordedEvent } from '@undertone/contracts/event';
import { z } from 'zod';

/**
 * The server's word that a consumer's deliveries of a message ran out. Source: nats-server,
 * `JSConsumerDeliveryExceededAdvisory`.
 */
export const maxDeliveriesAdvisory = z.object({
  id: z.string(),
  timestamp: z.iso.datetime(),
  stream: z.string(),
  consumer: z.string(),
  stream_seq: z.int(),
  deliveries: z.int(),
});

export type MaxDeliveries = z.output<typeof maxDeliveriesAdvisory>;

/** Advisories are JSON of the server's own making, not CloudEvents: reads one in the form of an event. */
export function readAdvisory(message: JsMsg): RecordedEvent {
  const advisory = maxDeliveriesAdvisory.parse(message.json());
  return {
    id: advisory.id,
    type: 'io.nats.jetstream.advisory.max_deliver',
    version: 1,
    source: 'nats-server',
    subject: message.subject,
    stream: message.info.stream,
    sequence: message.seq,
    time: advisory.timestamp,
    data: advisory,
  };
}
