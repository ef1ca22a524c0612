import { type ConsumerInfo, JetStreamApiError, type JetStreamManager } from '@nats-io/jetstream';
import type { ProjectionConsumerDefinition } from '@undertone/contracts/consumers';
import { PROJECTION_GROUP } from '../nats/ensure-streams.js';

/**
 * What is wrong with a projection's consumer that no delivery would tell, because there is none:
 * - `gone`: somebody deleted it;
 * - `ahead`: events were acknowledged that the tables do not show (they were dropped, or a transaction was lost);
 * - `stuck`: events were sent that nobody has in hand any more, and nothing moves.
 */
export type ConsumerFault = 'gone' | 'ahead' | 'stuck';

/** Code of the server's "consumer not found". */
const CONSUMER_NOT_FOUND = 10014;

// The server says who is pinned (NATS ADR-42, `PriorityGroupState`); the client's types leave it out.
type PinnedInfo = ConsumerInfo & { priority_groups?: { group: string; pinned_client_id?: string }[] };

/** Looks at a consumer again and again; two looks at the same state tell a pause from a standstill. */
export class ConsumerWatch {
  private before: string | undefined;

  constructor(
    private readonly manager: JetStreamManager,
    private readonly consumer: ProjectionConsumerDefinition,
  ) {}

  /**
   * @param replica its pin, as far as it knows, and whether it has no event in hand.
   * @param checkpoint gives the projection's position; asked after the server was.
   */
  async look(
    replica: { pin: string | undefined; isIdle: boolean },
    checkpoint: () => Promise<number>,
  ): Promise<ConsumerFault | undefined> {
    let info: PinnedInfo;
    try {
      info = await this.manager.consumers.info(this.consumer.stream, this.consumer.name);
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === CONSUMER_NOT_FOUND) return 'gone';
      throw error;
    }
    const floor = info.ack_floor.stream_seq;
    const reached = await checkpoint();
    if (floor > reached && (await this.hasEvent(reached + 1, floor))) return 'ahead';

    const pinned = info.priority_groups?.find(({ group }) => group === PROJECTION_GROUP)?.pinned_client_id;
    // Another replica that is pinned may simply have a long batch in hand.
    const isOurs = !pinned || pinned === replica.pin;
    const state =
      isOurs && replica.isIdle && info.num_ack_pending > 0
        ? `${info.delivered.consumer_seq} ${info.ack_floor.consumer_seq}`
        : undefined;
    const isStuck = state !== undefined && state === this.before;
    this.before = isStuck ? undefined : state;
    return isStuck ? 'stuck' : undefined;
  }

  /** Whether the stream holds an event for this consumer in the range. */
  private async hasEvent(from: number, to: number): Promise<boolean> {
    for (const filter of this.consumer.filters) {
      const next = await this.manager.direct.getMessage(this.consumer.stream, {
        seq: from,
        next_by_subj: filter,
      });
      if (next && next.seq <= to) return true;
    }
    return false;
  }
}
