import type { JsMsg } from '@nats-io/jetstream';
import { type RecordedEvent, wrongIn } from '@undertone/contracts/event';
import { NotAnEvent } from '@undertone/platform/event-store/cloudevents';
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

const MAX_DELIVERIES = { type: 'io.nats.jetstream.advisory.max_deliver', version: 1 };

/** Whether an advisory is one that this release knows; a newer server may say others. */
export const isMaxDeliveries = ({ type, version }: Pick<RecordedEvent, 'type' | 'version'>): boolean =>
  type === MAX_DELIVERIES.type && version === MAX_DELIVERIES.version;

/**
 * Advisories are JSON of the server's own making, not CloudEvents: reads one in the form of an event.
 * @throws {NotAnEvent} it is of the type that this release knows, and not what the server says with it.
 */
export function readAdvisory(message: JsMsg): RecordedEvent {
  const { stream } = message.info;
  const body = bodyOf(message);
  const kind = kindOf(body);
  const place = { source: 'nats-server', subject: message.subject, stream, sequence: message.seq };
  if (!isMaxDeliveries(kind)) {
    return {
      id: `${stream}-${message.seq}`,
      ...kind,
      ...place,
      time: message.time.toISOString(),
      data: body,
    };
  }
  const advisory = maxDeliveriesAdvisory.safeParse(body);
  if (!advisory.success) {
    throw new NotAnEvent(stream, message.seq, `the advisory is wrong: ${wrongIn(advisory.error)}`);
  }
  const { id, timestamp } = advisory.data;
  return { id, ...kind, ...place, time: timestamp, data: advisory.data };
}

function bodyOf(message: JsMsg): unknown {
  try {
    return message.json();
  } catch {
    return undefined;
  }
}

/** The server has the version in the middle: `io.nats.jetstream.advisory.v1.max_deliver`. */
function kindOf(body: unknown): { type: string; version: number } {
  const said = z.object({ type: z.string() }).safeParse(body).data?.type ?? 'unknown';
  const [, before, version, after] = /^(.+)\.v(\d+)\.(.+)$/.exec(said) ?? [];
  return version === undefined
    ? { type: said, version: 0 }
    : { type: `${before}.${after}`, version: Number(version) };
}
