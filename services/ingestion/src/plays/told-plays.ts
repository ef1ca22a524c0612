import { Inject, Injectable } from '@nestjs/common';
import { consumers } from '@undertone/contracts/consumers';
import type { RecordedEvent } from '@undertone/contracts/event';
import { HistoryImported } from '@undertone/contracts/listening/history-imported';
import { ImportTakenBack } from '@undertone/contracts/listening/import-taken-back';
import { ListenThresholdChosen } from '@undertone/contracts/listening/listen-threshold-chosen';
import { ListeningIngested } from '@undertone/contracts/listening/listening-ingested';
import { PlaysFetched } from '@undertone/contracts/listening/plays-fetched';
import { ProviderDataRemoved } from '@undertone/contracts/listening/provider-data-removed';
import { listeningAggregate } from '@undertone/contracts/subjects';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';

const tellings = [
  HistoryImported,
  PlaysFetched,
  ListeningIngested,
  ImportTakenBack,
  ListenThresholdChosen,
  ProviderDataRemoved,
];

/** What the log has told of a person's listening since the rows of their plays were complete. */
export interface ToldSince {
  /** Up to which sequence the rows are complete. */
  readonly upTo: number;
  readonly events: readonly RecordedEvent[];
  /** The last of the events that changes which plays the person has. */
  readonly change: RecordedEvent | undefined;
}

/** What was told of plays, for those who decide by the rows of `play`. */
@Injectable()
export class ToldPlays {
  constructor(
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(ProjectionProgress) private readonly progress: ProjectionProgress,
  ) {}

  /**
   * @throws {UnreadableEvent} a newer release told of plays, and the rows are without it (ADR 22).
   * @throws {ReadModelAhead} the rows are of another log than the server holds.
   */
  async since(userId: string): Promise<ToldSince> {
    const upTo = await this.progress.sequence(consumers.plays);
    const events = await this.store.read(listeningAggregate(userId), upTo);
    const changes = events.filter((event) => tellings.some((telling) => telling.read(event) !== undefined));
    return { upTo, events, change: changes.at(-1) };
  }
}
