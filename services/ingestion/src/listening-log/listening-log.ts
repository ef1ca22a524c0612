import { MikroORM } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import { consumers } from '@undertone/contracts/consumers';
import {
  ListeningIngested,
  type ListeningIngestedData,
} from '@undertone/contracts/listening/listening-ingested';
import { ProviderDataRemoved } from '@undertone/contracts/listening/provider-data-removed';
import {
  SnapshotComputed,
  type SnapshotComputedData,
} from '@undertone/contracts/listening/snapshot-computed';
import { listeningAggregate } from '@undertone/contracts/subjects';
import { decideAndAppend, type LoadedState } from '@undertone/platform/event-store/decide-and-append';
import { fold } from '@undertone/platform/event-store/decider';
import { type Appended, EventStore, ReadModelAhead } from '@undertone/platform/event-store/event-store';
import { type KnownEvent, recordOnce } from '@undertone/platform/event-store/record-once';
import { Rejected } from '@undertone/platform/event-store/rejected';
import { newId } from '@undertone/platform/ids/ids';
import { TransientJobError } from '@undertone/platform/jobs/job-errors';
import { completeUpTo } from '@undertone/platform/projections/checkpoint';
import {
  type KnownLists,
  type Listening,
  type ListeningCommand,
  listening,
  listeningEnvelope,
} from './listening.js';

/** The person had everything removed that was fetched until then. The next try goes by what is left. */
export class ProviderDataGone extends TransientJobError {
  constructor() {
    super('PROVIDER_DATA_REMOVED', 'what was fetched until now was removed meanwhile');
    this.name = 'ProviderDataGone';
  }
}

/** What a job is known by in the log. */
export interface JobRef {
  readonly jobId: string;
  readonly userId: string;
}

/** A person's listening in the log. */
@Injectable()
export class ListeningLog {
  constructor(
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(MikroORM) private readonly orm: MikroORM,
  ) {}

  /** What is known of a person's listening up to now. */
  async current(userId: string): Promise<LoadedState<Listening>> {
    const known = await this.load(userId);
    const tail = await this.store.read(listeningAggregate(userId), known.sequence);
    return {
      state: fold(listening, known.state, tail),
      sequence: tail.at(-1)?.sequence ?? known.sequence,
    };
  }

  /**
   * Decides from `known`, which was read before the provider was asked, and whatever came since.
   * @returns what is known after it.
   * @throws {ProviderDataGone}
   */
  async decide(
    userId: string,
    command: ListeningCommand,
    known: LoadedState<Listening>,
  ): Promise<LoadedState<Listening>> {
    try {
      return await decideAndAppend(this.store, listening, {
        aggregate: listeningAggregate(userId),
        command: { ...command, removed: known.state.removed },
        envelope: listeningEnvelope(newId(), command),
        load: async () => known,
      });
    } catch (error) {
      throw error instanceof Rejected ? new ProviderDataGone() : error;
    }
  }

  /** @throws {Error} when the log has no lists there. */
  async ingested({ sequence }: KnownLists, userId: string): Promise<ListeningIngestedData> {
    const event = await this.store.at(listeningAggregate(userId).stream, sequence);
    const data = event && ListeningIngested.read(event);
    if (!data || data.user_id !== userId) throw new Error(`no lists of ${userId} at ${sequence}`);
    return data;
  }

  /**
   * What the read model knows of a snapshot.
   * @throws {ReadModelAhead} the log does not have it where the read model does.
   */
  async snapshot(snapshotId: string): Promise<KnownEvent> {
    // One statement, so that both are of one moment.
    const [known]: { up_to: string | null; at: string | null }[] = await this.orm.em.fork().execute(
      `select (select ${completeUpTo} from projection_checkpoint where name = ?) as up_to,
              (select sequence from listening_snapshot where id = ?) as at`,
      [consumers.listeningSnapshots.name, snapshotId],
    );
    const upTo = Number(known?.up_to ?? 0);
    if (!known?.at) return { upTo };
    const at = Number(known.at);
    const { stream } = consumers.listeningSnapshots;
    const event = await this.store.at(stream, at);
    if (event?.id !== snapshotId) {
      throw new ReadModelAhead(`snapshot ${snapshotId}`, `${stream} does not have it at ${at}`);
    }
    return { at, upTo };
  }

  /**
   * @param known of its id.
   * @param readUpTo up to which sequence it was known what it is computed from.
   * @throws {ProviderDataGone}
   * @returns where the snapshot is, for whoever waits until it can be read; `duplicate`: it was there already.
   */
  recordSnapshot(
    { jobId, userId }: JobRef,
    data: SnapshotComputedData,
    known: KnownEvent,
    readUpTo: number,
  ): Promise<Appended> {
    const event = {
      definition: SnapshotComputed,
      id: data.snapshot_id,
      data,
      time: new Date(data.computed_at),
      source: 'ingestion',
      correlationId: jobId,
      causationId: data.basis_event_id ?? jobId,
    };
    const since = { ...known, upTo: Math.min(known.upTo, readUpTo) };
    return recordOnce(this.store, listeningAggregate(userId), event, since, (news) => {
      const removed = news.findLast(({ type }) => type === ProviderDataRemoved.type);
      if (removed && removed.sequence > readUpTo) throw new ProviderDataGone();
    });
  }

  private async load(userId: string): Promise<LoadedState<Listening>> {
    // One statement, so that both are of one moment: the state is complete up to where the projection is.
    const [known]: { up_to: string | null; state: Listening | null }[] = await this.orm.em.fork().execute(
      `select (select ${completeUpTo} from projection_checkpoint where name = ?) as up_to,
              (select state from listening where user_id = ?) as state`,
      [consumers.plays.name, userId],
    );
    return { state: known?.state ?? listening.initial, sequence: Number(known?.up_to ?? 0) };
  }
}
