import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { consumers } from '@undertone/contracts/consumers';
import { takeBackImport } from '@undertone/contracts/jobs/renew-plays';
import { ImportTakenBack } from '@undertone/contracts/listening/import-taken-back';
import { listeningAggregate } from '@undertone/contracts/subjects';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { recordOnce } from '@undertone/platform/event-store/record-once';
import { derivedId } from '@undertone/platform/ids/ids';
import { PermanentJobError } from '@undertone/platform/jobs/job-errors';
import type { JobContext } from '@undertone/platform/jobs/job-handler';
import { HandlesJob } from '@undertone/platform/nest/jetstream-handlers';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import type { z } from 'zod';
import { ExportSnapshots } from '../export-snapshots/export-snapshots.js';
import { ImportReport } from '../plays/import-report.entity.js';
import { ToldPlays } from '../plays/told-plays.js';
import { withCallsOf } from '../provider-calls/job-calls.js';

/** Within which a large import's plays must have left the read model. */
const PROJECTION_MS = 180_000;

/** Takes an import back, once, and brings the snapshots of plays after it. */
@Controller()
export class TakeBackImportJob {
  constructor(
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(ProjectionProgress) private readonly progress: ProjectionProgress,
    @Inject(ToldPlays) private readonly told: ToldPlays,
    @Inject(ExportSnapshots) private readonly snapshots: ExportSnapshots,
  ) {}

  @HandlesJob(takeBackImport)
  async takeBack(
    job: JobContext<z.output<typeof takeBackImport.payload>>,
  ): Promise<z.output<typeof takeBackImport.result>> {
    const { import_id } = job.payload;
    // It may be one that a newer release recorded.
    await this.told.since(job.userId);
    const row = await this.orm.em.fork().findOne(ImportReport, { id: import_id, userId: job.userId });
    if (!row) throw new PermanentJobError('IMPORT_NOT_FOUND', 'there is no such import');
    const now = new Date();
    const event = {
      definition: ImportTakenBack,
      // Of the import alone: whoever asks again takes back what is taken back.
      id: derivedId(import_id, 'taken back'),
      data: { user_id: job.userId, import_id, taken_back_at: now.toISOString() },
      time: now,
      source: 'ingestion',
      correlationId: job.jobId,
      causationId: job.jobId,
    };
    const known = { upTo: row.sequence, ...(row.takenBack != null && { at: row.takenBack }) };
    const { sequence } = await recordOnce(this.store, listeningAggregate(job.userId), event, known);
    await this.progress.reached(consumers.plays, sequence, job.signal, PROJECTION_MS);
    job.progress({ percent: 50, message: 'its plays are gone' });
    const snapshot_ids = await withCallsOf(job, () => this.snapshots.renew(job, sequence));
    return { import_id, snapshot_ids };
  }
}
