import type { JsMsg } from '@nats-io/jetstream';
import { headers, type MsgHdrs } from '@nats-io/transport-node';
import type { EventDefinition, RecordedEvent } from '@undertone/contracts/event';
import { isKnown } from '@undertone/contracts/events';
import { currentTraceHeaders } from '../telemetry/tracing.js';

/**
 * CloudEvents 1.0 in the NATS protocol binding's binary mode: attributes in `ce-` headers, percent-encoded as the
 * binding says, data as the body. Source: CloudEvents "NATS Protocol Binding", sections 3.1.1 to 3.1.3.
 */

/** How an event is recorded, apart from what it says. */
export interface Envelope {
  /** UUID; derived where a second try must give the same one. */
  readonly id: string;
  /** The service that writes it. */
  readonly source: string;
  readonly time: Date;
  readonly correlationId?: string;
  readonly causationId?: string;
}

/** An event that is about to be written. */
export interface NewEvent<T = unknown> extends Envelope {
  readonly definition: EventDefinition<T>;
  readonly data: T;
}

/** A message in a stream that is not one of our events. */
export class NotAnEvent extends Error {
  readonly code = 'NOT_AN_EVENT';
  constructor(stream: string, sequence: number, missing: string) {
    super(`message ${sequence} of ${stream} is not a CloudEvent: ${missing}`);
    this.name = 'NotAnEvent';
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

// Space, double quote, percent, and all that is not printable ASCII; surrogate pairs are encoded as one.
const UNSAFE = /[^\x21\x23-\x24\x26-\x7e]/gu;
const SAFE = /^[\x21\x23-\x24\x26-\x7e]*$/;
const encode = (value: string): string =>
  SAFE.test(value) ? value : value.replace(UNSAFE, (char) => encodeURIComponent(char.toWellFormed()));

/** The headers and body that carry an event. */
export function toMessage(event: NewEvent): { headers: MsgHdrs; body: Uint8Array } {
  const { definition } = event;
  const carried = headers();
  const set = (name: string, value: string | undefined) => {
    // Each is there once, and to set it would look for another one.
    if (value !== undefined) carried.append(name, encode(value));
  };
  set('ce-specversion', '1.0');
  set('ce-id', event.id);
  set('ce-source', `/undertone/${event.source}`);
  set('ce-type', `${definition.type}.v${definition.version}`);
  set('ce-dataschema', `urn:undertone:${definition.context}:${definition.name}:${definition.version}`);
  set('ce-time', event.time.toISOString());
  set('ce-correlationid', event.correlationId);
  set('ce-causationid', event.causationId);
  carried.append('content-type', 'application/json');
  const { traceparent, tracestate } = currentTraceHeaders();
  if (traceparent) carried.append('traceparent', traceparent);
  if (tracestate) carried.append('tracestate', tracestate);
  return { headers: carried, body: encoder.encode(JSON.stringify(event.data)) };
}

/** An event as whoever reads it at its place in the log will get it. */
export function asRecorded(
  event: NewEvent,
  place: { stream: string; sequence: number; subject: string },
): RecordedEvent {
  const { headers, body } = toMessage(event);
  return fromMessage({ ...place, headers, data: body });
}

/**
 * The event that a stored message carries. What an event looks like that this release does not know is for a newer one to say: it has
 * no data here where its body is not JSON.
 * @throws {NotAnEvent} when a required attribute is missing, or something in it cannot be decoded.
 */
export function fromMessage(message: {
  stream: string;
  sequence: number;
  subject: string;
  headers: MsgHdrs | undefined;
  data: Uint8Array;
}): RecordedEvent {
  const { stream, sequence, subject } = message;
  // Each look-up in the client's headers goes through all of them.
  const carried = new Map(message.headers);
  const optional = (name: string): string | undefined => {
    const value = carried.get(name)?.[0];
    try {
      return value ? decodeURIComponent(value) : undefined;
    } catch {
      throw new NotAnEvent(stream, sequence, `${name} is not percent-encoded`);
    }
  };
  const required = (name: string): string => {
    const value = optional(name);
    if (value === undefined) throw new NotAnEvent(stream, sequence, `no ${name}`);
    return value;
  };
  const [, type, digits] = /^(.+)\.v(\d+)$/.exec(required('ce-type')) ?? [];
  if (!type) throw new NotAnEvent(stream, sequence, 'ce-type has no version');
  const version = Number(digits);
  let data: unknown;
  try {
    data = JSON.parse(decoder.decode(message.data));
  } catch {
    if (isKnown({ type, version })) throw new NotAnEvent(stream, sequence, 'its body is not JSON');
  }
  const correlationId = optional('ce-correlationid');
  const causationId = optional('ce-causationid');
  const traceparent = optional('traceparent');
  const tracestate = optional('tracestate');
  return {
    id: required('ce-id'),
    type,
    version,
    source: required('ce-source'),
    subject,
    stream,
    sequence,
    time: required('ce-time'),
    ...(correlationId && { correlationId }),
    ...(causationId && { causationId }),
    ...(traceparent && { traceparent }),
    ...(tracestate && { tracestate }),
    data,
  };
}

/** The event in a stream's message. @throws {NotAnEvent} */
export const readEvent = (message: JsMsg): RecordedEvent =>
  fromMessage({
    stream: message.info.stream,
    sequence: message.seq,
    subject: message.subject,
    headers: message.headers,
    data: message.data,
  });
