import { addAbortSignal, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { consumers } from '@undertone/contracts/consumers';
import { importHistory } from '@undertone/contracts/jobs/import-history';
import type { ImportReport } from '@undertone/contracts/listening/import';
import type { ObjectReference } from '@undertone/contracts/object-reference';
import { ConcurrencyConflict, EventStore, LogUnavailable } from '@undertone/platform/event-store/event-store';
import { newId } from '@undertone/platform/ids/ids';
import type { FailedJob, JobContext } from '@undertone/platform/jobs/job-handler';
import { HandlesJob, OnJobFailed } from '@undertone/platform/nest/jetstream-handlers';
import { OBJECT_STORAGE, SETTINGS } from '@undertone/platform/nest/tokens';
import { ObjectMissing, type ObjectStorage } from '@undertone/platform/objects/object-storage';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import type { z } from 'zod';
import { tooLarge, uploadMissing } from '../export-files/export-error.js';
import { exportFiles } from '../export-files/export-files.js';
import { VanishingFile } from '../export-files/vanishing-file.js';
import { writeStreams } from '../plays/export-streams.js';
import { ownThreshold } from '../plays/own-threshold.js';
import { listenBy } from '../plays/settle-plays.js';
import { lengthsOf, neighbourhoodsAround } from '../plays/stored-telling.js';
import type { IngestionSettings } from '../settings.js';
import { decideRows } from './decide-rows.js';
import { ImportLog, type RecordedImport } from './import-log.js';
import { ImportTally } from './import-tally.js';
import { MusicRows } from './music-rows.js';
import { readRows } from './read-rows.js';
import { requestSnapshots } from './request-snapshots.js';
import { SkippedRowsWriter } from './skipped-rows.js';

type Job = JobContext<z.output<typeof importHistory.payload>>;

const MAX_TRIES = 5;
/** Within which a large import's plays must be in the read model. */
const PROJECTION_MS = 180_000;

/**
 * Reads an uploaded data export and keeps its streams: an object with the streams, and one event that says what became of
 * each row. Until the event is there nothing is; afterwards the upload is gone. It needs neither Spotify nor a network.
 * Snapshots are a job of their own, which it asks for.
 */
@Controller()
export class ImportHistoryJob {
  constructor(
    @Inject(OBJECT_STORAGE) private readonly storage: ObjectStorage,
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(ImportLog) private readonly log: ImportLog,
    @Inject(ProjectionProgress) private readonly progress: ProjectionProgress,
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(SETTINGS) private readonly settings: IngestionSettings,
  ) {}

  @HandlesJob(importHistory)
  async import(job: Job): Promise<z.output<typeof importHistory.result>> {
    if (job.payload.dry_run) return this.rehearse(job);
    const { report, sequence } = (await this.log.recorded(job)) ?? (await this.read(job));
    job.progress({ percent: 90, message: `${report.kept} of ${report.rows} plays kept` });
    await this.progress.reached(consumers.plays, sequence, job.signal, PROJECTION_MS);
    const snapshots_task_id = await requestSnapshots(this.store, report);
    await this.storage.delete(job.payload.upload.key);
    const { import_id, rows, kept, skipped } = report;
    return { import_id, rows, kept, skipped, snapshots_task_id };
  }

  /** The upload was kept for the next try, of which there is none any more. */
  @OnJobFailed(importHistory)
  async discardUpload({ payload }: FailedJob<Job['payload']>): Promise<void> {
    await this.storage.delete(payload.upload.key);
  }

  /** The whole of it, but for what is kept. */
  private async rehearse(job: Job): Promise<z.output<typeof importHistory.result>> {
    await using upload = await this.download(job);
    await this.log.decidable(job.userId, job.signal);
    await using decided = await this.decide(job, upload, new Date());
    const report = { ...decided.report, snapshots_task_id: null };
    await this.storage.delete(job.payload.upload.key);
    const { import_id, rows, kept, skipped } = report;
    return { import_id, rows, kept, skipped, snapshots_task_id: null, report };
  }

  private async read(job: Job): Promise<RecordedImport> {
    const importedAt = new Date();
    await using upload = await this.download(job);
    for (let attempt = 1; ; attempt += 1) {
      const expected = await this.log.decidable(job.userId, job.signal);
      await using decided = await this.decide(job, upload, importedAt);
      const { report } = decided;
      job.signal.throwIfAborted();
      const keys: string[] = [];
      const discard = async (): Promise<void> => {
        for (const key of keys) await this.storage.delete(key);
      };
      try {
        const streams = decided.told > 0 ? await this.put(job, decided.streams, keys) : null;
        const skipped_rows = decided.skipped > 0 ? await this.put(job, decided.skippedRows, keys) : null;
        await job.confirm();
        const appended = await this.log.append(job, { ...report, streams, skipped_rows }, expected);
        if (!appended.duplicate) return { report, sequence: appended.sequence };
        if (keys.length > 0 && !(await this.log.refersTo(job, appended, keys))) await discard();
      } catch (error) {
        if (keys.length > 0 && !(await this.mayBeRecorded(job, error))) await discard();
        if (!(error instanceof ConcurrencyConflict) || attempt >= MAX_TRIES) throw error;
      }
      // Another worker with the same job may have been first; what it recorded is the answer.
      const recorded = await this.log.recorded(job);
      if (recorded) return recorded;
    }
  }

  /**
   * Under a name of its own for every try: a worker that was frozen, and does not know yet that another one has the job, must not
   * write over what the log refers to. Not even with the same: somebody may be reading it. What an import of theirs left
   * already is not stored again.
   */
  private async put(job: Job, file: VanishingFile, keys: string[]): Promise<ObjectReference> {
    const known = await this.log.stored(job.userId, file);
    if (known) return known;
    const key = `plays/${job.userId}/${job.jobId}/${newId()}`;
    keys.push(key);
    const data = addAbortSignal(job.signal, Readable.from(file.read()));
    return this.storage.put(key, data, Number.POSITIVE_INFINITY);
  }

  // What an event may refer to stays: without its plays it could not be projected.
  private async mayBeRecorded(job: Job, error: unknown): Promise<boolean> {
    if (error instanceof ConcurrencyConflict) return false;
    if (error instanceof LogUnavailable) return true;
    return this.log.recorded(job).then(
      (recorded) => recorded !== undefined,
      () => true,
    );
  }

  private async download({ payload, signal, progress }: Job): Promise<VanishingFile> {
    const { upload } = payload;
    const { IMPORT_MAX_UPLOAD_BYTES: limit } = this.settings;
    if (upload.size > limit) throw tooLarge(`the upload has ${upload.size} bytes; ${limit} are allowed`);
    progress({ percent: 2, message: 'fetching the upload' });
    const file = await VanishingFile.open();
    try {
      await pipeline(await this.storage.get(upload), file.write(), { signal });
      return file;
    } catch (error) {
      await file[Symbol.asyncDispose]();
      throw error instanceof ObjectMissing ? uploadMissing(error) : error;
    }
  }

  private async decide(job: Job, upload: VanishingFile, importedAt: Date): Promise<Decided> {
    await using resources = new AsyncDisposableStack();
    const em = this.orm.em.fork();
    const files = await exportFiles(upload, job.payload.file_name, this.settings, resources);
    await using made = new AsyncDisposableStack();
    const streams = made.use(await VanishingFile.open());
    const skippedRows = made.use(await VanishingFile.open());
    const rows = resources.use(new SkippedRowsWriter(skippedRows));
    const tally = new ImportTally(files, (row) => rows.add(row));
    const music = new MusicRows();
    const flush = () => rows.flush();
    const batches = readRows({
      userId: job.userId,
      files,
      importedAt,
      music,
      tally,
      limits: this.settings,
      signal: job.signal,
      flush,
      progress: (share) =>
        job.progress({
          percent: 5 + Math.round(share * 65),
          message: `reading, ${music.size} streams so far`,
        }),
    });
    await writeStreams(batches, streams, job.signal);
    job.progress({ percent: 75, message: `comparing ${music.size} streams with what is known` });
    const own = await ownThreshold(em, job.userId);
    const known = own?.min_share == null ? null : await lengthsOf(em, job.userId);
    await decideRows({
      music,
      tally,
      signal: job.signal,
      flush,
      around: (chunk) => neighbourhoodsAround(em, job.userId, chunk),
      isListen: listenBy(own, known && music.lengthsWith(known)),
    });
    await rows.end();
    const report = tally.report({
      import_id: job.jobId,
      user_id: job.userId,
      imported_at: importedAt.toISOString(),
    });
    const kept = made.move();
    return {
      report,
      told: music.size,
      streams,
      skipped: rows.count,
      skippedRows,
      [Symbol.asyncDispose]: () => kept.disposeAsync(),
    };
  }
}

/** What an import would record. */
interface Decided extends AsyncDisposable {
  readonly report: ImportReport;
  /** How many streams are in `streams`, and rows in `skippedRows`. */
  readonly told: number;
  readonly streams: VanishingFile;
  readonly skipped: number;
  readonly skippedRows: VanishingFile;
}
