import {
  AckPolicy,
  type ConsumerConfig,
  DeliverPolicy,
  JetStreamApiError,
  type JetStreamManager,
  type StreamConfig,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { ConsumerDefinition } from '@undertone/contracts/consumers';
import { definitionsVersion, type StreamDefinition } from '@undertone/contracts/streams';

/** The definition would make the server drop events it holds. */
export class WouldLoseData extends Error {
  readonly code = 'WOULD_LOSE_DATA';
  constructor(stream: string, reason: string) {
    super(`stream ${stream} is left as it is: ${reason}; change it by hand if that is meant`);
    this.name = 'WouldLoseData';
  }
}

/** Code of the server's "stream not found". */
export const STREAM_NOT_FOUND = 10059;
/** Code of the server's "consumer not found". */
const CONSUMER_NOT_FOUND = 10014;

export const isNoConsumer = (error: unknown): boolean =>
  error instanceof JetStreamApiError && error.code === CONSUMER_NOT_FOUND;

/** Code of the server's "consumer already exists", with another configuration. */
const CONSUMER_EXISTS = 10148;
/** Projections share one group; one member of it is active. */
export const PROJECTION_GROUP = 'projection';

/** Of a stream's or consumer's metadata: the `definitionsVersion` that it was configured by. */
const VERSION_KEY = 'undertone.definitions';

/** Whether a newer release than that of a version configured a stream or consumer with such metadata. */
export const isNewer = (metadata: Record<string, string> | undefined, version: number): boolean =>
  Number(metadata?.[VERSION_KEY] ?? 0) > version;

/** Whether an older release than that of a version configured one, or none that said so. */
export const isOlder = (metadata: Record<string, string> | undefined, version: number): boolean =>
  Number(metadata?.[VERSION_KEY] ?? 0) < version;

const DAY_MS = 24 * 60 * 60 * 1000;

function streamConfig(
  definition: StreamDefinition,
  replicas: number,
): Partial<StreamConfig> & { name: string; subjects: string[]; max_age: number } {
  return {
    name: definition.name,
    description: definition.description,
    subjects: [...definition.subjects],
    num_replicas: replicas,
    max_age: nanos((definition.maxAgeDays ?? 0) * DAY_MS),
    // A long window costs about 320 B an id; older repeats are caught by the expected sequence.
    duplicate_window: nanos(2 * 60 * 1000),
    allow_direct: true,
    // Only the age limit may ever remove an event.
    max_msgs: -1,
    max_bytes: -1,
    // The server refuses `new` with schedules; without a limit on messages or bytes `old` drops nothing else than it does.
    ...(definition.schedules ? { allow_msg_schedules: true, discard: 'old' } : { discard: 'new' }),
    ...(definition.latestOnly && { max_msgs_per_subject: 1 }),
  };
}

/**
 * Creates the stream or brings it to its definition; a second call changes nothing, nor does one of an older release.
 * @param version of the definition; tests alone give another.
 * @throws {WouldLoseData} when the server holds a subject that the definition no longer has, or would keep events
 * for a shorter time, and no setting says so.
 */
export async function ensureStream(
  manager: JetStreamManager,
  definition: StreamDefinition,
  replicas: number,
  version = definitionsVersion,
): Promise<void> {
  const wanted = { ...streamConfig(definition, replicas), metadata: { [VERSION_KEY]: String(version) } };
  const present = await manager.streams.info(definition.name).catch((error: unknown) => {
    if (error instanceof JetStreamApiError && error.code === STREAM_NOT_FOUND) return undefined;
    throw error;
  });
  if (!present) {
    await manager.streams.add(wanted);
    return;
  }
  if (isNewer(present.config.metadata, version)) return;
  const dropped = present.config.subjects.filter((subject) => !wanted.subjects.includes(subject));
  if (dropped.length > 0) {
    throw new WouldLoseData(definition.name, `it would no longer take ${dropped.join(', ')}`);
  }
  const age = present.config.max_age;
  const isMeant = definition.maxAgeSetting !== undefined;
  if (!isMeant && wanted.max_age !== 0 && (age === 0 || wanted.max_age < age)) {
    throw new WouldLoseData(definition.name, 'events would be kept for a shorter time');
  }
  await manager.streams.update(definition.name, wanted);
}

function consumerConfig(definition: ConsumerDefinition, replicas: number): Partial<ConsumerConfig> {
  const base: Partial<ConsumerConfig> = {
    durable_name: definition.name,
    deliver_policy: DeliverPolicy.All,
    filter_subjects: [...definition.filters],
    num_replicas: replicas,
  };
  switch (definition.kind) {
    case 'jobs':
      return {
        ...base,
        ack_policy: AckPolicy.Explicit,
        ack_wait: nanos(definition.ackWaitSeconds * 1000),
        max_deliver: definition.maxDeliver,
        // Jobs that wait a few seconds for their next try count as well, and many of them must not stop the lane; a worker
        // asks for as many as it has slots.
        max_ack_pending: -1,
      };
    case 'projection':
      return {
        ...base,
        // Applied in order, so the last of a batch stands for all before it.
        ack_policy: AckPolicy.All,
        // A batch takes a fraction of it. What a dead replica held comes again after this time, and that is what tells
        // the next one to go back to the checkpoint.
        ack_wait: nanos(5_000),
        max_ack_pending: 2_000,
        priority_policy: 'pinned_client',
        priority_groups: [PROJECTION_GROUP],
        priority_timeout: nanos(3_000),
      };
    default:
      return definition satisfies never;
  }
}

/**
 * Creates the durable consumer or brings it to its definition; a second call changes nothing, nor does one of an older
 * release: it would narrow the filters, and events would pass unseen. Nor does an older release create one on a stream that a
 * newer one configured: the newer one removed or renamed it, and nobody would ever read from it again.
 * @param version of the definition; tests alone give another.
 * @returns whether there is such a consumer now.
 */
export async function ensureConsumer(
  manager: JetStreamManager,
  definition: ConsumerDefinition,
  replicas: number,
  version = definitionsVersion,
): Promise<boolean> {
  if (await isRemoved(manager, definition, version)) return false;
  const wanted = { ...consumerConfig(definition, replicas), metadata: { [VERSION_KEY]: String(version) } };
  try {
    await manager.consumers.add(definition.stream, wanted);
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== CONSUMER_EXISTS) throw error;
    const { config } = await manager.consumers.info(definition.stream, definition.name);
    if (isNewer(config.metadata, version)) return true;
    await manager.consumers.update(definition.stream, definition.name, wanted);
  }
  return true;
}

async function isRemoved(
  manager: JetStreamManager,
  { stream, name }: ConsumerDefinition,
  version: number,
): Promise<boolean> {
  const { config } = await manager.streams.info(stream);
  if (!isNewer(config.metadata, version)) return false;
  try {
    await manager.consumers.info(stream, name);
    return false;
  } catch (error) {
    if (isNoConsumer(error)) return true;
    throw error;
  }
}
