import { createHash } from 'node:crypto';
import { MikroORM } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import { consumers } from '@undertone/contracts/consumers';
import { HistoryImported, type HistoryImportedData } from '@undertone/contracts/listening/history-imported';
import type { ImportReport as Report } from '@undertone/contracts/listening/import';
import type { ObjectReference } from '@undertone/contracts/object-reference';
import { listeningAggregate } from '@undertone/contracts/subjects';
import { type Appended, EventStore } from '@undertone/platform/event-store/event-store';
import { derivedId } from '@undertone/platform/ids/ids';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import type { VanishingFile } from '../export-files/vanishing-file.js';
import type { JobRef } from '../listening-log/listening-log.js';
import { ImportReport } from '../plays/import-report.entity.js';
import { ToldPlays } from '../plays/told-plays.js';

/** An import that is in the log. */
export interface RecordedImport {
  readonly report: Report;
  readonly sequence: number;
}

/** A person's imports in the log. The event's id comes from the job, so that a second try finds the first. */
@Injectable()
export class ImportLog {
  constructor(
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(ProjectionProgress) private readonly progress: ProjectionProgress,
    @Inject(ToldPlays) private readonly told: ToldPlays,
  ) {}

  private static eventId = ({ jobId }: JobRef): string => derivedId(jobId, 'imported');

  /** What this job recorded before it was interrupted, where it got that far. */
  async recorded(job: JobRef): Promise<RecordedImport | undefined> {
    const upTo = await this.progress.sequence(consumers.plays);
    const row = await this.orm.em.fork().findOne(ImportReport, { id: job.jobId });
    if (row) return { report: row.report, sequence: row.sequence };
    const tail = await this.store.read(listeningAggregate(job.userId), upTo);
    const event = tail.find(({ id }) => id === ImportLog.eventId(job));
    const imported = event && HistoryImported.read(event);
    if (!event || !imported) return undefined;
    const { streams: _, skipped_rows: _rows, ...report } = imported;
    return { report, sequence: event.sequence };
  }

  /**
   * Waits until every play in the person's log is in the read model.
   * @returns the last sequence of their listening: whoever decides by the read model expects it.
   * @throws {UnreadableEvent} a newer release told of plays that the read model does not have.
   */
  async decidable(userId: string, signal: AbortSignal): Promise<number> {
    const aggregate = listeningAggregate(userId);
    for (;;) {
      signal.throwIfAborted();
      const { upTo, events, change } = await this.told.since(userId);
      const last = events.at(-1) ?? (await this.store.last(aggregate.stream, aggregate.filter));
      const expected = last?.sequence ?? 0;
      // A replica that is behind gave the tail and another one the last event: ask again.
      if (events.length === 0 && expected > upTo) continue;
      if (change) await this.progress.reached(consumers.plays, change.sequence, signal);
      return expected;
    }
  }

  /** The object that an import of a person left, where its content is that of a file. */
  async stored(userId: string, file: VanishingFile): Promise<ObjectReference | undefined> {
    const reports = await this.orm.em.fork().find(ImportReport, { userId });
    const left = reports
      .filter(({ report }) => !report.plays_lost)
      .flatMap(({ streams, skippedRows }) => [streams ?? [], skippedRows ?? []].flat());
    const size = await file.size();
    const alike = left.filter((object) => object.size === size);
    if (alike.length === 0) return undefined;
    const hash = createHash('sha256');
    for await (const chunk of file.read()) hash.update(chunk);
    const sha256 = hash.digest('hex');
    return alike.find((object) => object.sha256 === sha256);
  }

  /** Whether the objects of an import that is in the log are those of this try. */
  async refersTo(job: JobRef, { sequence }: Appended, keys: readonly string[]): Promise<boolean> {
    const event = await this.store.at(listeningAggregate(job.userId).stream, sequence);
    const imported = event && HistoryImported.read(event);
    return [imported?.streams, imported?.skipped_rows].some((object) => object && keys.includes(object.key));
  }

  /** @throws {ConcurrencyConflict} when the person's listening has moved on: decide again. */
  append(job: JobRef, data: HistoryImportedData, expected: number): Promise<Appended> {
    const event = {
      definition: HistoryImported,
      id: ImportLog.eventId(job),
      data,
      time: new Date(data.imported_at),
      source: 'ingestion',
      correlationId: job.jobId,
      causationId: job.jobId,
    };
    return this.store.append(listeningAggregate(job.userId), event, expected);
  }
}
