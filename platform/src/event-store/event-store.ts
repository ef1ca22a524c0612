import {
  DeliverPolicy,
  type DirectBatchOptions,
  JetStreamApiError,
  type JetStreamClient,
  JetStreamError,
  type JetStreamManager,
  type MsgRequest,
  type StoredMsg,
} from '@nats-io/jetstream';
import { millis, type NatsConnection } from '@nats-io/transport-node';
import { SpanKind } from '@opentelemetry/api';
import type { RecordedEvent } from '@undertone/contracts/event';
import type { Aggregate } from '@undertone/contracts/subjects';
import { jetStreamManagerOf, jetStreamOf } from '../nats/jetstream.js';
import { largestBody } from '../nats/largest-body.js';
import { attributes, spanNames } from '../telemetry/names.js';
import { inSpan } from '../telemetry/tracing.js';
import { fromMessage, type NewEvent, toMessage } from './cloudevents.js';

/** Somebody else appended to the aggregate first: catch up, decide again. */
export class ConcurrencyConflict extends Error {
  readonly code = 'CONCURRENCY_CONFLICT';
  constructor(aggregate: Aggregate, expected: number) {
    super(`another writer came first: ${aggregate.prefix} has moved past sequence ${expected}`);
    this.name = 'ConcurrencyConflict';
  }
}

/** The log did not answer in time. What was to be written may or may not be there, and the same id can be tried again. */
export class LogUnavailable extends Error {
  readonly code = 'LOG_UNAVAILABLE';
  constructor(cause: unknown) {
    super('the event log did not answer in time', { cause });
    this.name = 'LogUnavailable';
  }
}

/** What was to be written is not what its event's schema says: nothing was written, and no second try would change that. */
export class InvalidEvent extends Error {
  readonly code = 'INVALID_EVENT' as string;
  constructor({ id, definition: { type, version } }: NewEvent, fault: string, options?: ErrorOptions) {
    super(`event ${id} was not written: as ${type}.v${version} ${fault}`, options);
    this.name = 'InvalidEvent';
  }
}

/** The event is larger than the server takes in one message; with this data it never gets smaller. */
export class EventTooLarge extends InvalidEvent {
  override readonly code = 'EVENT_TOO_LARGE';
  constructor(event: NewEvent, bytes: number, most: number) {
    super(event, `it has ${bytes} bytes${mostOf(event.data)}, and the log takes ${most}`);
    this.name = 'EventTooLarge';
  }
}

/** Which field of the data takes how much of it, where it has fields. */
function mostOf(data: unknown): string {
  const sizes = Object.entries(data ?? {}).map(([field, value]) => ({
    field,
    bytes: Buffer.byteLength(JSON.stringify(value) ?? ''),
  }));
  const largest = sizes.sort((a, b) => b.bytes - a.bytes)[0];
  return largest ? `, ${largest.bytes} of them in "${largest.field}"` : '';
}

/** The read model has applied events that the log does not have: it is of another log, or the log lost its end. */
export class ReadModelAhead extends Error {
  readonly code = 'READ_MODEL_AHEAD';
  constructor(readModel: string, reason: string) {
    super(`${readModel} is ahead of its log: ${reason}`);
    this.name = 'ReadModelAhead';
  }
}

/** Which stream it is, and how far it goes. */
export interface LogExtent {
  /** When it was made, in the server's words: a stream that was deleted and made again has another. */
  readonly created: string;
  /** Sequence of the first event that it still has; past the last one where it has none. */
  readonly first: number;
  /** Sequence of its last event; 0 before the first. */
  readonly last: number;
  /** Milliseconds that it keeps an event; absent: for ever. */
  readonly keepsMs?: number;
}

export interface Appended {
  /** Stream sequence of the event. */
  readonly sequence: number;
  /** True when the event was there already, from an earlier try. */
  readonly duplicate: boolean;
}

/** An aggregate's newest events, and the stream sequence of its last one. */
export interface Tail {
  readonly events: RecordedEvent[];
  readonly last: number;
}

// The server's two ways to say that the expected sequence is not the last one (single server and replicated).
const CONFLICT_CODES: ReadonlySet<number> = new Set([10071, 10164]);
// Errors of the request itself that no second try would change: bad request, too large.
const isRefusal = (error: unknown): boolean =>
  error instanceof JetStreamApiError && error.status >= 400 && error.status < 500;

// The client takes an empty batch for an error, whose class it does not export.
const isNothingThere = (error: unknown): boolean =>
  error instanceof JetStreamError && 'code' in error && error.code === 404;

/** Whether an append's error proves that it wrote nothing; every other one leaves that open. */
export const provesNotWritten = (error: unknown): boolean =>
  error instanceof InvalidEvent || isRefusal(error);

const READ_BATCH = 256;

/** The log: events in JetStream streams, appended under optimistic concurrency. */
export class EventStore {
  private constructor(
    private readonly nats: NatsConnection,
    private readonly client: JetStreamClient,
    readonly manager: JetStreamManager,
    private readonly limits: { tryMs: number; totalMs: number },
  ) {}

  /** @param limits how long one try and all tries of an append may take, in milliseconds. */
  static async open(
    nats: NatsConnection,
    limits: { tryMs: number; totalMs: number } = { tryMs: 2_000, totalMs: 15_000 },
  ): Promise<EventStore> {
    return new EventStore(nats, jetStreamOf(nats), await jetStreamManagerOf(nats), limits);
  }

  /**
   * Appends one event, if the aggregate's last sequence is still the expected one (0: it has no event yet).
   * Lost answers are tried again with the same id, which never writes twice.
   * @param expected absent: whatever came before. A second try minutes later may then write the event again, under its id.
   * @throws {InvalidEvent} the data does not fit the event's schema; in the log it would stop every reader.
   * @throws {EventTooLarge} the event does not fit into one message.
   * @throws {ConcurrencyConflict} another event came first.
   * @throws {LogUnavailable} no confirmation within the time limit.
   */
  append(aggregate: Aggregate, event: NewEvent, expected?: number): Promise<Appended> {
    const name = `${event.definition.context}.${event.definition.name}`;
    return inSpan(
      spanNames.append(name),
      {
        kind: SpanKind.PRODUCER,
        attributes: { [attributes.stream]: aggregate.stream, [attributes.eventId]: event.id },
      },
      async (span) => {
        const checked = event.definition.schema.safeParse(event.data);
        if (!checked.success) {
          throw new InvalidEvent(event, `it is wrong: ${checked.error.message}`, { cause: checked.error });
        }
        const appended = await this.publish(aggregate, event, expected);
        span.setAttribute(attributes.sequence, appended.sequence);
        return appended;
      },
    );
  }

  private async publish(aggregate: Aggregate, event: NewEvent, expected?: number): Promise<Appended> {
    const subject = `${aggregate.prefix}.${event.definition.subjectToken}`;
    const deadline = Date.now() + this.limits.totalMs;
    const most = largestBody(this.nats);
    const { headers, body } = toMessage(event);
    if (body.length > most) throw new EventTooLarge(event, body.length, most);
    for (let attempt = 1; ; attempt += 1) {
      try {
        const ack = await this.client.publish(subject, body, {
          msgID: event.id,
          headers,
          timeout: this.limits.tryMs,
          expect: {
            streamName: aggregate.stream,
            ...(expected !== undefined && {
              lastSubjectSequence: expected,
              lastSubjectSequenceSubject: aggregate.filter,
            }),
          },
        });
        return { sequence: ack.seq, duplicate: ack.duplicate };
      } catch (error) {
        if (expected !== undefined && error instanceof JetStreamApiError && CONFLICT_CODES.has(error.code)) {
          // An earlier try of this very event may be what moved the aggregate.
          const tail = await this.read(aggregate, expected);
          const own = tail.find((recorded) => recorded.id === event.id);
          if (own) return { sequence: own.sequence, duplicate: true };
          throw new ConcurrencyConflict(aggregate, expected);
        }
        // A refusal says nothing of an earlier try that got no answer.
        if (isRefusal(error) && attempt === 1) throw error;
        if (isRefusal(error) || Date.now() >= deadline) throw new LogUnavailable(error);
        await new Promise((resolve) => setTimeout(resolve, Math.min(100 * attempt, 1_000)));
      }
    }
  }

  /**
   * Has the server put a message into the aggregate's stream at a time; one that is scheduled on the same subject already is
   * replaced. It survives the server: a time that went by without one is made up for at its start.
   * @param place `schedule`: the subject that holds it until then, and `target`: where it goes.
   * @param expected the aggregate's last sequence: where it has moved on, nothing is scheduled.
   * @throws {ConcurrencyConflict} it has.
   * @throws {LogUnavailable} no confirmation; the same event can be tried again.
   */
  async schedule(
    event: NewEvent,
    place: { readonly at: Date; readonly schedule: string; readonly target: string },
    expected: { readonly aggregate: Aggregate; readonly sequence: number },
  ): Promise<void> {
    const { headers, body } = toMessage(event);
    const { aggregate, sequence } = expected;
    try {
      await this.client.publish(place.schedule, body, {
        msgID: event.id,
        headers,
        timeout: this.limits.tryMs,
        schedule: { specification: place.at, target: place.target },
        expect: {
          streamName: aggregate.stream,
          lastSubjectSequence: sequence,
          lastSubjectSequenceSubject: aggregate.filter,
        },
      });
    } catch (error) {
      if (error instanceof JetStreamApiError && CONFLICT_CODES.has(error.code)) {
        throw new ConcurrencyConflict(aggregate, sequence);
      }
      throw isRefusal(error) ? error : new LogUnavailable(error);
    }
  }

  /**
   * The last event under a filter, or `undefined` when there is none. The stream's leader is asked: a follower may not
   * know yet what was confirmed just now.
   * @throws {LogUnavailable} as every read does.
   */
  async last(stream: string, filter: string): Promise<RecordedEvent | undefined> {
    const message = await this.message(stream, { last_by_subj: filter });
    return message ? recorded(stream, message) : undefined;
  }

  /**
   * Which stream this is, and how far it goes.
   * @throws {LogUnavailable}
   */
  async extent(stream: string): Promise<LogExtent> {
    try {
      const { created, state, config } = await this.manager.streams.info(stream);
      const { first_seq: first, last_seq: last } = state;
      return { created, first, last, ...(config.max_age > 0 && { keepsMs: millis(config.max_age) }) };
    } catch (error) {
      throw new LogUnavailable(error);
    }
  }

  /**
   * When the log took the event at a place, or `undefined` when there is none: there never was, or it has expired.
   * @throws {LogUnavailable}
   */
  async takenAt(stream: string, sequence: number): Promise<Date | undefined> {
    return (await this.message(stream, { seq: sequence }))?.time;
  }

  /** The event at a place in a stream, or `undefined` when there is none. */
  async at(stream: string, sequence: number): Promise<RecordedEvent | undefined> {
    const message = await this.message(stream, { seq: sequence });
    return message ? recorded(stream, message) : undefined;
  }

  /** An aggregate's events after a sequence, in order. About 0.2 ms a message: for tails, not for histories. */
  async read(aggregate: Aggregate, after = 0): Promise<RecordedEvent[]> {
    return (await this.tail(aggregate, after)).events;
  }

  /**
   * The same, and the sequence of the aggregate's last event when it was asked (0: it has none): for whoever decides by
   * the one and expects the other.
   */
  async tail({ stream, filter }: Aggregate, after: number): Promise<Tail> {
    const last = await this.message(stream, { last_by_subj: filter });
    if (!last) return { events: [], last: 0 };
    return { events: await this.between(stream, filter, after, last.seq), last: last.seq };
  }

  /** Events under any filter after a sequence, in order: all that were confirmed when it was asked. */
  async readFiltered(stream: string, filter: string, after = 0): Promise<RecordedEvent[]> {
    const last = await this.message(stream, { last_by_subj: filter });
    return last ? this.between(stream, filter, after, last.seq) : [];
  }

  /** As `readFiltered`, but no more than so many. */
  async readSome(stream: string, filter: string, after: number, most: number): Promise<RecordedEvent[]> {
    const last = await this.message(stream, { last_by_subj: filter });
    return last ? this.between(stream, filter, after, last.seq, most) : [];
  }

  // Batches come from any replica, so one that lags may end its batch early; the leader then says what comes next.
  private async between(
    stream: string,
    filter: string,
    after: number,
    last: number,
    most = Number.POSITIVE_INFINITY,
  ): Promise<RecordedEvent[]> {
    const events: RecordedEvent[] = [];
    for (let from = after + 1; from <= last && events.length < most; ) {
      const size = Math.min(READ_BATCH, most - events.length);
      const batch = await this.batch(stream, { seq: from, next_by_subj: filter, batch: size });
      for (const message of batch) {
        events.push(recorded(stream, message));
        from = message.seq + 1;
      }
      if (batch.length > 0 || from > last) continue;
      const query = { seq: from, next_by_subj: filter };
      const next = await this.message(stream, query);
      // The last one itself was deleted meanwhile.
      if (!next) break;
      events.push(recorded(stream, next));
      from = next.seq + 1;
    }
    return events;
  }

  // The client's own errors never leave: whoever gets one could take it for the answer to a write that came before.
  private async message(stream: string, query: MsgRequest): Promise<StoredMsg | null> {
    try {
      return await this.manager.streams.getMessage(stream, query);
    } catch (error) {
      throw new LogUnavailable(error);
    }
  }

  private async batch(stream: string, query: DirectBatchOptions): Promise<StoredMsg[]> {
    const messages: StoredMsg[] = [];
    try {
      for await (const message of await this.manager.direct.getBatch(stream, query)) messages.push(message);
    } catch (error) {
      // A replica that lags has nothing from there on.
      if (!isNothingThere(error)) throw new LogUnavailable(error);
    }
    return messages;
  }

  /** Every event of a stream from a sequence on, live: for replay. Ends when the signal aborts. */
  async *subscribe(
    stream: string,
    options: { from: number; filters?: readonly string[]; signal: AbortSignal },
  ): AsyncGenerator<RecordedEvent> {
    const consumer = await this.client.consumers.get(stream, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: Math.max(1, options.from),
      ...(options.filters && { filter_subjects: [...options.filters] }),
    });
    const messages = await consumer.consume({ max_messages: 500, expires: 5_000, idle_heartbeat: 1_000 });
    const stop = () => messages.stop();
    options.signal.addEventListener('abort', stop, { once: true });
    if (options.signal.aborted) stop();
    try {
      for await (const message of messages) {
        if (options.signal.aborted) return;
        yield fromMessage({
          stream,
          sequence: message.seq,
          subject: message.subject,
          headers: message.headers,
          data: message.data,
        });
      }
    } finally {
      options.signal.removeEventListener('abort', stop);
      stop();
    }
  }
}

const recorded = (stream: string, message: StoredMsg): RecordedEvent =>
  fromMessage({
    stream,
    sequence: message.seq,
    subject: message.subject,
    headers: message.header,
    data: message.data,
  });
