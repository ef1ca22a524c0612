import { isDeepStrictEqual } from 'node:util';
import { type ConsumerInfo, JetStreamApiError, type JetStreamManager } from '@nats-io/jetstream';
import type { ProjectionConsumerDefinition } from '@undertone/contracts/consumers';
import { definitionsVersion } from '@undertone/contracts/streams';
import { isNewer } from '../nats/ensure-streams.js';

/**
 * What is wrong with a projection's consumer that no delivery would tell, because there is none:
 * - `gone`: somebody deleted it;
 * - `changed`: its filters are not those of its definition, and no newer release configured it;
 * - `ahead`: events were acknowledged that the tables do not show (they were dropped, or a transaction was lost);
 * - `idle`: it has nothing to deliver, and the stream has events that the tables do not show: they came while its filters
 *   did not take them.
 */
export type ConsumerFault = 'gone' | 'changed' | 'ahead' | 'idle';

/** Code of the server's "consumer not found". */
const CONSUMER_NOT_FOUND = 10014;

/**
 * @param checkpoint gives the projection's position; asked after the server was, so that it is never the older.
 * @param version of the release's definitions; tests alone give another.
 */
export async function consumerFault(
  manager: JetStreamManager,
  definition: ProjectionConsumerDefinition,
  checkpoint: () => Promise<number>,
  version = definitionsVersion,
): Promise<ConsumerFault | undefined> {
  const { stream, name } = definition;
  const asked = await consumerInfo(manager, definition);
  if (!asked) return 'gone';
  // A newer release may have it deliver less than this one would.
  const filters = filtersOf(asked);
  const isOwn = !isNewer(asked.config.metadata, version);
  if (isOwn && !isDeepStrictEqual(new Set(filters), new Set(definition.filters))) return 'changed';
  const acknowledged = asked.ack_floor.stream_seq;
  const applied = await checkpoint();
  if (acknowledged <= applied && !isIdle(asked)) return undefined;
  const next = await nextEvent(manager, { stream, filters }, applied);
  if (next === undefined) return undefined;
  // The server moves its floor past events that are not for this consumer, too.
  if (next <= acknowledged) return 'ahead';
  // The event may have come since the server was asked, and may have been applied since.
  const info = await manager.consumers.info(stream, name);
  return isIdle(asked) && isIdle(info) && (await checkpoint()) < next ? 'idle' : undefined;
}

/** Stream sequence of the first event that the filters take after another; absent: there is none. */
export async function nextEvent(
  manager: JetStreamManager,
  { stream, filters }: Pick<ProjectionConsumerDefinition, 'stream' | 'filters'>,
  after: number,
): Promise<number | undefined> {
  let first: number | undefined;
  for (const filter of filters) {
    const next = await manager.direct.getMessage(stream, { seq: after + 1, next_by_subj: filter });
    if (next && next.seq < (first ?? Number.POSITIVE_INFINITY)) first = next.seq;
  }
  return first;
}

async function consumerInfo(
  manager: JetStreamManager,
  { stream, name }: ProjectionConsumerDefinition,
): Promise<ConsumerInfo | undefined> {
  try {
    return await manager.consumers.info(stream, name);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === CONSUMER_NOT_FOUND) return undefined;
    throw error;
  }
}

const isIdle = ({ num_pending, num_ack_pending }: ConsumerInfo): boolean =>
  num_pending === 0 && num_ack_pending === 0;

const filtersOf = ({ config: { filter_subject, filter_subjects } }: ConsumerInfo): string[] =>
  filter_subjects ?? (filter_subject === undefined ? [] : [filter_subject]);
