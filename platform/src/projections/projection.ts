import type { EntityManager } from '@mikro-orm/postgresql';
import type { ProjectionConsumerDefinition } from '@undertone/contracts/consumers';
import type { RecordedEvent } from '@undertone/contracts/event';

/** A read model that is built from events, and can be built again from none. */
export interface Projection extends HowItApplies {
  readonly consumer: ProjectionConsumerDefinition;
  /**
   * Applies events, in order, inside the transaction that moves the checkpoint.
   * @returns what to do once that is committed, where there is something: writing the cache through.
   */
  apply(events: readonly RecordedEvent[], em: EntityManager): Promise<AfterCommit | undefined>;
}

/** What a projection says of its handler. */
export interface HowItApplies {
  /**
   * Of the handler, 1 where it is absent; raised when it makes other rows of the events that it is given. Rows that an older
   * version made are then built again.
   */
  readonly version?: number;
  /**
   * Applying events again, in order and from any place, changes nothing: what was missed is then read from there on, and not
   * from the first event. Needed where the log forgets, and a rebuild would forget, too.
   */
  readonly repeatable?: boolean;
  /** Of the cached answers that show its rows: begun again when rebuilt tables take the place of those that are read. */
  readonly epochs?: readonly string[];
  /** Whether this release can read such an event; absent: it can read all. Others are skipped, and noted. */
  reads?(event: Pick<RecordedEvent, 'type' | 'version'>): boolean;
}

export type AfterCommit = () => void;
