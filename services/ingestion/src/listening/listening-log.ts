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
import { type Appended, EventStore } from '@undertone/platform/event-store/event-store';
import { recordOnce } from '@undertone/platform/event-store/record-once';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import { ListeningSnapshot } from '../snapshots/listening-snapshot.entity.js';
import { ListeningState } from './listening.entity.js';
import { type Command, type KnownLists, type Listening, listening, nothingKnown } from './listening.js';

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
    @Inject(ProjectionProgress) private readonly progress: ProjectionProgress,
  ) {}

  /** What is known of a person's listening up to now. */
  async current(userId: string): Promise<LoadedState<Listening>> {
    const before = await this.load(userId);
    return this.after(userId, before);
  }

  /** Decides from `known` and whatever came since. @returns what is known after it. */
  async decide(
    userId: string,
    command: Command,
    known: LoadedState<Listening>,
  ): Promise<LoadedState<Listening>> {
    const aggregate = listeningAggregate(userId);
    await decideAndAppend(this.store, aggregate, listening, command, async () => known);
    return this.after(userId, known);
  }

  /** @throws {Error} when the log has no lists there. */
  async ingested({ sequence }: KnownLists, userId: string): Promise<ListeningIngestedData> {
    const event = await this.store.at(listeningAggregate(userId).stream, sequence);
    const data = event && ListeningIngested.read(event);
    if (!data || data.user_id !== userId) throw new Error(`no lists of ${userId} at ${sequence}`);
    return data;
  }

  /** Where the snapshot of this id is, as far as the read model knows. */
  async snapshotSequence(snapshotId: string): Promise<number | undefined> {
    return (await this.orm.em.fork().findOne(ListeningSnapshot, { id: snapshotId }))?.sequence;
  }

  /** @returns where the snapshot is, for whoever waits until it can be read; `duplicate`: it was there already. */
  async recordSnapshot(
    { jobId, userId }: JobRef,
    data: SnapshotComputedData,
    basis: Pick<KnownLists, 'event_id'>,
  ): Promise<Appended> {
    const upTo = await this.progress.sequence(consumers.listeningSnapshots);
    const at = await this.snapshotSequence(data.snapshot_id);
    const event = {
      definition: SnapshotComputed,
      id: data.snapshot_id,
      data,
      time: new Date(data.computed_at),
      source: 'ingestion',
      correlationId: jobId,
      causationId: basis.event_id,
    };
    return recordOnce(this.store, listeningAggregate(userId), event, { at, upTo });
  }

  // The checkpoint is read first: the row may be ahead of it, never behind.
  private async load(userId: string): Promise<LoadedState<Listening>> {
    const upTo = await this.progress.sequence(consumers.plays);
    const row = await this.orm.em.fork().findOne(ListeningState, { userId });
    if (!row) return { state: nothingKnown, sequence: upTo };
    return { state: row.state, sequence: Math.max(row.sequence, upTo) };
  }

  private async after(userId: string, known: LoadedState<Listening>): Promise<LoadedState<Listening>> {
    const tail = await this.store.read(listeningAggregate(userId), known.sequence);
    return {
      state: tail.reduce(listening.evolve, known.state),
      sequence: tail.at(-1)?.sequence ?? known.sequence,
    };
  }
}
