import { Controller, Inject } from '@nestjs/common';
import { consumers } from '@undertone/contracts/consumers';
import { chooseListenThreshold } from '@undertone/contracts/jobs/renew-plays';
import { ListenThresholdChosen } from '@undertone/contracts/listening/listen-threshold-chosen';
import { listeningAggregate } from '@undertone/contracts/subjects';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { recordOnce } from '@undertone/platform/event-store/record-once';
import { derivedId } from '@undertone/platform/ids/ids';
import type { JobContext } from '@undertone/platform/jobs/job-handler';
import { HandlesJob } from '@undertone/platform/nest/jetstream-handlers';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import type { z } from 'zod';
import { ExportSnapshots } from '../export-snapshots/export-snapshots.js';
import { withCallsOf } from '../provider-calls/job-calls.js';

/** Within which all of a person's streams must have been decided on again. */
const PROJECTION_MS = 180_000;

/** Records from when on a stream counts for a person, and brings the snapshots of plays after it. */
@Controller()
export class ChooseListenThresholdJob {
  constructor(
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(ProjectionProgress) private readonly progress: ProjectionProgress,
    @Inject(ExportSnapshots) private readonly snapshots: ExportSnapshots,
  ) {}

  @HandlesJob(chooseListenThreshold)
  async choose(
    job: JobContext<z.output<typeof chooseListenThreshold.payload>>,
  ): Promise<z.output<typeof chooseListenThreshold.result>> {
    const now = new Date();
    const event = {
      definition: ListenThresholdChosen,
      id: derivedId(job.jobId, 'chosen'),
      data: { user_id: job.userId, threshold: job.payload.threshold, chosen_at: now.toISOString() },
      time: now,
      source: 'ingestion',
      correlationId: job.jobId,
      causationId: job.jobId,
    };
    const { sequence } = await recordOnce(this.store, listeningAggregate(job.userId), event, { upTo: 0 });
    await this.progress.reached(consumers.plays, sequence, job.signal, PROJECTION_MS);
    job.progress({ percent: 50, message: 'the plays are counted by it' });
    return { snapshot_ids: await withCallsOf(job, () => this.snapshots.renew(job, sequence)) };
  }
}
