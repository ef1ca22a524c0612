import type { z } from 'zod';

/**
 * An event as it comes out of the log: CloudEvents 1.0 attributes in camelCase, with `type` split from its
 * version suffix, and the position JetStream gave it. `data` is still of the version that was written.
 */
export interface RecordedEvent {
  /** UUID; the deduplication id of the write. */
  readonly id: string;
  /** `undertone.<context>.<event>`, without the version. */
  readonly type: string;
  /** Schema version `data` was written with, from 1. */
  readonly version: number;
  /** CloudEvents `source`: the service that wrote it. */
  readonly source: string;
  readonly subject: string;
  readonly stream: string;
  /** JetStream stream sequence, from 1. */
  readonly sequence: number;
  /** ISO 8601 UTC. */
  readonly time: string;
  /** The job that led to it, where one did. */
  readonly correlationId?: string;
  /** The event that led to it, where one did. */
  readonly causationId?: string;
  /** W3C trace context of the writer. */
  readonly traceparent?: string;
  readonly tracestate?: string;
  /** Absent where the body is not JSON, which only an event may have that this release does not know. */
  readonly data: unknown;
}

/** A schema that is no longer written, and the pure step to the version after it. */
export interface OlderVersion {
  readonly schema: z.ZodType;
  readonly upcast: (data: never) => unknown;
}

/** One event type: everything that writers, readers and the generated documents need to know of it. */
export interface EventDefinition<T = unknown, Name extends string = string> {
  readonly context: string;
  /** A storage format, as `type` is; what tells the members of an aggregate's union of events apart. */
  readonly name: Name;
  /** `undertone.<context>.<name>`; a storage format, never renamed. */
  readonly type: string;
  /** The version that is written now. */
  readonly version: number;
  readonly schema: z.ZodType<T>;
  /** Index 0 is version 1. */
  readonly older: readonly OlderVersion[];
  readonly description: string;
  /** Last token of the subject: the event's name, or `status` for all that follows a job's request. */
  readonly subjectToken: string;
  /**
   * The newest form of `event.data`, or `undefined` when the event is of another type.
   * @throws {UnreadableEvent} when the data does not fit its own version, or the version is newer than this code.
   */
  read(event: Pick<RecordedEvent, 'type' | 'version' | 'data' | 'id'>): T | undefined;
}

/** An event in the log that this code cannot read: damaged, or written by a newer release. */
export class UnreadableEvent extends Error {
  readonly code = 'UNREADABLE_EVENT';
  constructor(event: { type: string; version: number; id: string }, reason: string) {
    super(`event ${event.id} (${event.type}.v${event.version}) cannot be read: ${reason}`);
    this.name = 'UnreadableEvent';
  }
}

/** What is wrong in data that do not fit their schema, in one line for people. */
export const wrongIn = ({ issues }: z.ZodError): string =>
  issues.map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message)).join('; ');

/**
 * Declares an event. An added optional field keeps the version; any other change appends the old schema and
 * its upcaster to `older`, which makes the version one higher.
 */
export function defineEvent<S extends z.ZodType, const Name extends string>(spec: {
  context: string;
  name: Name;
  description: string;
  schema: S;
  older?: readonly OlderVersion[];
  subjectToken?: string;
}): EventDefinition<z.output<S>, Name> {
  const older = spec.older ?? [];
  const type = `undertone.${spec.context}.${spec.name}`;
  const version = older.length + 1;
  return {
    context: spec.context,
    name: spec.name,
    description: spec.description,
    subjectToken: spec.subjectToken ?? spec.name,
    type,
    version,
    schema: spec.schema as unknown as z.ZodType<z.output<S>>,
    older,
    read(event) {
      if (event.type !== type) return undefined;
      if (event.version > version) {
        throw new UnreadableEvent(event, `this release knows versions up to ${version}`);
      }
      if (!Number.isInteger(event.version) || event.version < 1) {
        throw new UnreadableEvent(event, 'versions are whole numbers from 1');
      }
      let data = event.data;
      for (const step of older.slice(event.version - 1)) {
        const parsed = step.schema.safeParse(data);
        if (!parsed.success) throw new UnreadableEvent(event, wrongIn(parsed.error));
        data = step.upcast(parsed.data as never);
      }
      const parsed = spec.schema.safeParse(data);
      if (!parsed.success) throw new UnreadableEvent(event, wrongIn(parsed.error));
      return parsed.data;
    },
  };
}
