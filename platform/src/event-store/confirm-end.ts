import type { StreamState } from '@nats-io/jetstream';
import { millis } from '@nats-io/transport-node';
import { type EventStore, LogUnavailable } from './event-store.js';

/** Servers of a cluster hear of each other every second. One of them may have been deaf for another two when the others elect. */
const HEARD_OF_MS = 2_000;

/**
 * For whoever is about to say what the log does not have. A leader that is cut off from the other servers does not know it for
 * 10 s, and they elect another after 4 s (`lostQuorumInterval` and `minElectionTimeout` in nats-server's `raft.go`): what was confirmed
 * since, it does not have. So what it lacks is believed where it has heard of most servers less than that ago.
 * @param filter under which there is nothing.
 * @throws {LogUnavailable} the leader may be cut off, or there is something now.
 */
export async function confirmNone(store: EventStore, stream: string, filter: string): Promise<void> {
  const { subjects = {} } = await confirmed(store, stream, filter);
  if (Object.keys(subjects).length > 0) throw new LogUnavailable(`${filter} has come meanwhile`);
}

/**
 * The same for whoever knows of something later than the log's last event.
 * @throws {LogUnavailable} the leader may be cut off.
 */
export async function confirmEnd(store: EventStore, stream: string): Promise<void> {
  await confirmed(store, stream);
}

async function confirmed({ manager }: EventStore, stream: string, filter?: string): Promise<StreamState> {
  try {
    const options = filter === undefined ? {} : { subjects_filter: filter };
    const { state, cluster } = await manager.streams.info(stream, options);
    const others = cluster?.replicas ?? [];
    const heard = others.filter(({ active }) => millis(active) < HEARD_OF_MS).length;
    if (heard < Math.floor((others.length + 1) / 2)) throw new Error(`${stream}'s leader may be cut off`);
    return state;
  } catch (error) {
    throw new LogUnavailable(error);
  }
}
