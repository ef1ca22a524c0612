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
import { writePlays } from '../plays/export-plays.js';
import { knownPlays, providerPlays } from '../plays/known-plays.js';
import type { IngestionSettings } from '../settings.js';
import { ImportLog, type RecordedImport } from './import-log.js';
import { ImportTally } from './import-tally.js';
import { PlaySelection } from './play-selection.js';
import { requestSnapshots } from './request-snapshots.js';
import { selectPlays } from './select-plays.js';

type Job = JobContext<{ user_id: string; upload: ObjectReference; file_name: string }>;

const MAX_TRIES = 5;
/** Within which a large import's plays must be in the read model. */
const PROJECTION_MS = 180_000;

/**
 * Reads an uploaded data export and keeps its plays: an object with the plays, and one event that says what became of
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

  private async read(job: Job): Promise<RecordedImport> {
    const importedAt = new Date();
    await using upload = await this.download(job);
    for (let attempt = 1; ; attempt += 1) {
      const expected = await this.log.decidable(job.userId, job.signal);
      await using plays = await VanishingFile.open();
      const report = await this.decide(job, upload, plays, importedAt);
      job.signal.throwIfAborted();
      // A name of its own for every try: a worker that was frozen, and does not know yet that another one has the job,
      // must not write over what the log refers to. Not even with the same plays: somebody may be reading them.
      const key = `plays/${job.userId}/${job.jobId}/${newId()}`;
      const reference =
        report.kept > 0
          ? await this.storage.put(
              key,
              addAbortSignal(job.signal, Readable.from(plays.read())),
              Number.POSITIVE_INFINITY,
            )
          : null;
      try {
        job.signal.throwIfAborted();
        const appended = await this.log.append(job, { ...report, plays: reference }, expected);
        if (!appended.duplicate) return { report, sequence: appended.sequence };
        if (reference && !(await this.log.refersTo(job, appended, key))) await this.storage.delete(key);
      } catch (error) {
        if (reference && !(await this.mayBeRecorded(job, error))) await this.storage.delete(key);
        if (!(error instanceof ConcurrencyConflict) || attempt >= MAX_TRIES) throw error;
      }
      // Another worker with the same job may have been first; what it recorded is the answer.
      const recorded = await this.log.recorded(job);
      if (recorded) return recorded;
    }
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

  private async decide(
    job: Job,
    upload: VanishingFile,
    plays: VanishingFile,
    importedAt: Date,
  ): Promise<ImportReport> {
    const em = this.orm.em.fork();
    const files = await exportFiles(upload, job.payload.file_name, this.settings);
    const tally = new ImportTally(files);
    const batches = selectPlays({
      files,
      tally,
      selection: new PlaySelection(
        job.userId,
        await providerPlays(em, job.userId),
        files.some(({ kind }) => kind === 'account_data'),
      ),
      limits: this.settings,
      signal: job.signal,
      known: (streams) => knownPlays(em, job.userId, streams),
      progress: (share) =>
        job.progress({ percent: 5 + Math.round(share * 75), message: `reading, ${tally.rows} rows so far` }),
    });
    await writePlays(batches, plays, job.signal);
    return tally.report({
      import_id: job.jobId,
      user_id: job.userId,
      imported_at: importedAt.toISOString(),
    });
  }
}
