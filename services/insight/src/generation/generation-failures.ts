import { MikroORM } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import type { RecordedEvent } from '@undertone/contracts/event';
import { GenerationFailed, type GenerationFailedData } from '@undertone/contracts/insight/generation-failed';
import type { InsightType, ToneMode } from '@undertone/contracts/insight/insight';
import type { JobProblem } from '@undertone/contracts/jobs/job';
import { promptVersionText } from '@undertone/contracts/prompt/prompt';
import { insightAggregate } from '@undertone/contracts/subjects';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { recordOnce } from '@undertone/platform/event-store/record-once';
import { derivedId } from '@undertone/platform/ids/ids';
import type { FailedJob } from '@undertone/platform/jobs/job-handler';
import type { ChosenPrompt } from '../prompts/prompt-library.js';
import { refuseForgotten, SnapshotForgotten } from '../snapshots/forgotten-snapshots.js';
import { GenerationFailure } from './generation-failure.entity.js';

type Job = FailedJob<{ snapshot_id: string; insight_type: InsightType; tone_mode: ToneMode }>;

/**
 * Records that a prompt led to no insight, so that versions can be compared by it: JOBS says that a job failed, but for 30
 * days only, and not with which version.
 */
@Injectable()
export class GenerationFailures {
  constructor(
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(MikroORM) private readonly orm: MikroORM,
  ) {}

  /** Records once, unless the snapshot was forgotten, what a job failed for that had this prompt. */
  async record(
    { code }: JobProblem,
    job: Job,
    insightId: string,
    { version, experiment }: ChosenPrompt,
  ): Promise<void> {
    const { snapshot_id, insight_type, tone_mode } = job.payload;
    const failedAt = new Date();
    const data: GenerationFailedData = {
      insight_id: insightId,
      user_id: job.userId,
      snapshot_id,
      insight_type,
      tone_mode,
      prompt_version: promptVersionText(insight_type, version.number),
      prompt_hash: version.hash,
      ...(experiment && { experiment_id: experiment.id, variant: experiment.variant }),
      code,
      attempts: job.attempt,
      failed_at: failedAt.toISOString(),
    };
    const event = {
      definition: GenerationFailed,
      id: derivedId(job.jobId, 'generation failed'),
      data,
      time: failedAt,
      source: 'insight',
      correlationId: job.jobId,
      causationId: job.jobId,
    };
    const row = await this.orm.em.fork().findOne(GenerationFailure, { insightId });
    // All of the log: since when the job had its snapshot is not known here, and failures are rare.
    const known = { at: row?.sequence, upTo: 0 };
    const accept = (news: readonly RecordedEvent[]) => refuseForgotten(news, snapshot_id);
    try {
      await recordOnce(this.store, insightAggregate(job.userId), event, known, accept);
    } catch (error) {
      if (!(error instanceof SnapshotForgotten)) throw error;
    }
  }
}
