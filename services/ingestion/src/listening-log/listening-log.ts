import { MikroORM } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import { consumers } from '@undertone/contracts/consumers';
import {
  ListeningIngested,
  type ListeningIngestedData,
} from '@undertone/contracts/listening/listening-ingested';
import {
  SnapshotComputed,
  type SnapshotComputedData,
} from '@undertone/contracts/listening/snapshot-computed';
import { listeningAggregate } from '@undertone/contracts/subjects';
import { decideAndAppend, type LoadedState } from '@undertone/platform/event-store/decide-and-append';
import { fold } from '@undertone/platform/event-store/decider';
import { type Appended, EventStore, ReadModelAhead } from '@undertone/platform/event-store/event-store';
import { type KnownEvent, recordOnce } from '@undertone/platform/event-store/record-once';
import { newId } from '@undertone/platform/ids/ids';
import { completeUpTo } from '@undertone/platform/projections/checkpoint';
import {
  type KnownLists,
  type Listening,
  type ListeningCommand,
  listening,
  listeningEnvelope,
} from './listening.js';

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

  /** Decides from `known` and whatever came since. @returns what is known after it. */
  decide(
    userId: string,
    command: ListeningCommand,
    known: LoadedState<Listening>,
  ): Promise<LoadedState<Listening>> {
    return decideAndAppend(this.store, listening, {
      aggregate: listeningAggregate(userId),
      command,
      envelope: listeningEnvelope(newId(), command),
      load: async () => known,
    });
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
   * @returns where the snapshot is, for whoever waits until it can be read; `duplicate`: it was there already.
   */
  recordSnapshot(
    { jobId, userId }: JobRef,
    data: SnapshotComputedData,
    known: KnownEvent,
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
    return recordOnce(this.store, listeningAggregate(userId), event, known);
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
