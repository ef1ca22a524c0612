import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { computeExportSnapshots } from '@undertone/contracts/jobs/compute-export-snapshots';
import { timeRange } from '@undertone/contracts/listening/snapshot';
import { TransientJobError } from '@undertone/platform/jobs/job-errors';
import type { JobContext } from '@undertone/platform/jobs/job-handler';
import { HandlesJob } from '@undertone/platform/nest/jetstream-handlers';
import type { z } from 'zod';
import { ImportReport } from '../plays/import-report.entity.js';
import { withCallsOf } from '../provider-calls/job-calls.js';
import { ExportSnapshots } from './export-snapshots.js';

type Result = z.output<typeof computeExportSnapshots.result>;

/** Follows an import, which does not wait for it: looking up thousands of tracks may take long. */
@Controller()
export class ComputeExportSnapshotsJob {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(ExportSnapshots) private readonly snapshots: ExportSnapshots,
  ) {}

  @HandlesJob(computeExportSnapshots)
  async compute(job: JobContext<{ user_id: string; import_id: string }>): Promise<Result> {
    const { import_id } = job.payload;
    const row = await this.orm.em.fork().findOne(ImportReport, { id: import_id, userId: job.userId });
    // The import waited for it, but the read model may be in the middle of being built again.
    if (!row) throw new TransientJobError('READ_MODEL_BEHIND', 'the import is not in the read model yet');
    // One that was taken back meanwhile has nothing to compute from.
    const lastDay = row.takenBack == null ? row.report.last_played_at?.slice(0, 10) : undefined;
    const {
      first_played_at: from,
      last_played_at: to,
      covers = from && to ? { from, to } : undefined,
    } = row.report;
    const done = lastDay
      ? await withCallsOf(job, async () => {
          const computed = await this.snapshots.compute(job, lastDay, timeRange.options);
          // An export may come after a newer one.
          if (covers) await this.snapshots.refresh(job, covers, lastDay);
          return computed;
        })
      : new Map();
    return {
      import_id,
      snapshot_ids: Object.fromEntries([...done].map(([range, { snapshot_id }]) => [range, snapshot_id])),
    };
  }
}
