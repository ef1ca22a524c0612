import { MikroORM } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import { consumers } from '@undertone/contracts/consumers';
import type { EventDefinition } from '@undertone/contracts/event';
import {
  ListeningIngested,
  type ListeningIngestedData,
} from '@undertone/contracts/listening/listening-ingested';
import {
  SnapshotComputed,
  type SnapshotComputedData,
} from '@undertone/contracts/listening/snapshot-computed';
import { listeningAggregate } from '@undertone/contracts/subjects';
import { type Appended, EventStore } from '@undertone/platform/event-store/event-store';
import { type KnownEvent, recordOnce } from '@undertone/platform/event-store/record-once';
import { derivedId } from '@undertone/platform/ids/ids';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import { ListeningSnapshot } from '../snapshots/listening-snapshot.entity.js';
import { Ingest } from './ingest.entity.js';

/** What a job is known by in the log. */
export interface JobRef {
  readonly jobId: string;
  readonly userId: string;
}

/** A person's listening in the log. Ids come from the job, so a job that is done again records nothing twice. */
@Injectable()
export class ListeningLog {
  constructor(
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(ProjectionProgress) private readonly progress: ProjectionProgress,
  ) {}

  static snapshotId = ({ jobId }: JobRef): string => derivedId(jobId, 'snapshot');
  static ingestId = ({ jobId }: JobRef): string => derivedId(jobId, 'ingested');

  /** What this job fetched before it was interrupted, where it got that far. */
  async ingested(job: JobRef): Promise<ListeningIngestedData | undefined> {
    const id = ListeningLog.ingestId(job);
    const { at, upTo } = await this.knownIngest(id);
    const aggregate = listeningAggregate(job.userId);
    const tail = await this.store.read(aggregate, at === undefined ? upTo : at - 1);
    const event = tail.find((recorded) => recorded.id === id);
    return event && ListeningIngested.read(event);
  }

  async recordIngested(job: JobRef, data: ListeningIngestedData, time: Date): Promise<void> {
    const id = ListeningLog.ingestId(job);
    await this.record(job, ListeningIngested, id, data, time, await this.knownIngest(id));
  }

  /** @returns where the snapshot is, for whoever waits until it can be read. */
  async recordSnapshot(job: JobRef, data: SnapshotComputedData, time: Date): Promise<Appended> {
    const upTo = await this.progress.sequence(consumers.listeningSnapshots);
    const row = await this.orm.em.fork().findOne(ListeningSnapshot, { id: data.snapshot_id });
    return this.record(job, SnapshotComputed, data.snapshot_id, data, time, { at: row?.sequence, upTo });
  }

  private async knownIngest(id: string): Promise<KnownEvent> {
    const upTo = await this.progress.sequence(consumers.plays);
    const row = await this.orm.em.fork().findOne(Ingest, { id });
    return { at: row?.sequence, upTo };
  }

  private record<T>(
    { jobId, userId }: JobRef,
    definition: EventDefinition<T>,
    id: string,
    data: T,
    time: Date,
    known: KnownEvent,
  ): Promise<Appended> {
    const event = {
      definition,
      id,
      data,
      time,
      source: 'ingestion',
      correlationId: jobId,
      causationId: jobId,
    };
    return recordOnce(this.store, listeningAggregate(userId), event, known);
  }
}
