import { MikroORM } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import { consumers } from '@undertone/contracts/consumers';
import { GenerationFailed, type GenerationFailedData } from '@undertone/contracts/insight/generation-failed';
import type { InsightType, ToneMode } from '@undertone/contracts/insight/insight';
import { promptVersionText } from '@undertone/contracts/prompt/prompt';
import { insightAggregate } from '@undertone/contracts/subjects';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { recordOnce } from '@undertone/platform/event-store/record-once';
import { derivedId } from '@undertone/platform/ids/ids';
import { PermanentJobError, PostponedJobError, problemOf } from '@undertone/platform/jobs/job-errors';
import type { JobContext } from '@undertone/platform/jobs/job-handler';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import type { ChosenPrompt } from '../prompts/prompt-library.js';
import { GenerationFailure } from './generation-failure.entity.js';

const APPLIED_MS = 8_000;

type Job = JobContext<{ snapshot_id: string; insight_type: InsightType; tone_mode: ToneMode }>;

/**
 * Records that a prompt led to no insight, so that versions can be compared by it: JOBS says that a job failed, but for 30
 * days only, and not with which version.
 */
@Injectable()
export class GenerationFailures {
  constructor(
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(ProjectionProgress) private readonly progress: ProjectionProgress,
  ) {}

  /**
   * Records the failure if the job ends with it, before the job says so itself: a crash between the two leaves a job that
   * is tried again, and that records nothing twice.
   * @throws the error, always.
   */
  async rethrow(error: unknown, job: Job, insightId: string, prompt: ChosenPrompt): Promise<never> {
    const waits = error instanceof PostponedJobError;
    const ends = error instanceof PermanentJobError || (job.isLastAttempt && !waits);
    // A stopped process gives the job back, and a cancelled job is no failure of a prompt.
    if (ends && !job.signal.aborted) await this.record(error, job, insightId, prompt);
    throw error;
  }

  private async record(
    error: unknown,
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
      code: problemOf(error).code,
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
    const upTo = await this.progress.sequence(consumers.generationFailures);
    const row = await this.orm.em.fork().findOne(GenerationFailure, { insightId });
    const known = { at: row?.sequence, upTo };
    const { sequence } = await recordOnce(this.store, insightAggregate(job.userId), event, known);
    // Whoever sees that the job failed finds it in the reports. Should that take long, it failed for its own reason still.
    await this.progress
      .reached(consumers.generationFailures, sequence, job.signal, APPLIED_MS)
      .catch((late: unknown) => job.log.warn({ err: late }, 'a failure is not in the reports yet'));
  }
}
