import { type InferEntity, MikroORM } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import { consumers } from '@undertone/contracts/consumers';
import type { RecordedEvent } from '@undertone/contracts/event';
import { InsightGenerated, type InsightGeneratedData } from '@undertone/contracts/insight/insight-generated';
import { promptVersionText } from '@undertone/contracts/prompt/prompt';
import { insightAggregate } from '@undertone/contracts/subjects';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { type KnownEvent, recordOnce } from '@undertone/platform/event-store/record-once';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import { GeneratedInsight } from '../insights/generated-insight.entity.js';
import { refuseForgotten } from '../snapshots/forgotten-snapshots.js';
import type { InsightJob, InsightOrder } from './insight-orders.js';

type Row = InferEntity<typeof GeneratedInsight>;

/** What was written, beside what the order says. */
export type Written = Pick<
  InsightGeneratedData,
  | 'llm_model'
  | 'structured_output'
  | 'content'
  | 'generation_ms'
  | 'prompt_tokens'
  | 'completion_tokens'
  | 'provider_request_id'
> &
  Partial<InsightGeneratedData>;

/** Records insights in the log, each once, and waits until they can be read. */
@Injectable()
export class InsightRecords {
  constructor(
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(ProjectionProgress) private readonly progress: ProjectionProgress,
  ) {}

  /** Where an insight is in the log; without a place, up to where it is not. */
  async find({ userId }: InsightJob, insightId: string): Promise<KnownEvent> {
    const upTo = await this.progress.sequence(consumers.generatedInsights);
    const row = await this.row(insightId);
    if (row) return { at: row.sequence, upTo };
    const tail = await this.store.read(insightAggregate(userId), upTo);
    return { at: tail.find((event) => event.id === insightId)?.sequence, upTo };
  }

  /** Waits until what is recorded at a place in the log can be read. @returns whether its text is another insight's. */
  async isReused({ signal }: InsightJob, insightId: string, at: number): Promise<boolean> {
    await this.progress.reached(consumers.generatedInsights, at, signal);
    return Boolean((await this.row(insightId))?.reusedFrom);
  }

  /**
   * @param known as it was when the job began.
   * @returns the insight's id, once it can be read.
   * @throws {SnapshotForgotten}
   */
  async record(
    { job, insightId, facts: { snapshot }, prompt: { version, experiment } }: InsightOrder,
    known: KnownEvent,
    written: Written,
  ): Promise<string> {
    const { insight_type, tone_mode } = job.payload;
    const generatedAt = new Date();
    const data: InsightGeneratedData = {
      insight_id: insightId,
      user_id: job.userId,
      snapshot_id: snapshot.id,
      insight_type,
      tone_mode,
      prompt_version: promptVersionText(insight_type, version.number),
      prompt_hash: version.hash,
      ...(experiment && { experiment_id: experiment.id, variant: experiment.variant }),
      source: snapshot.source,
      ...written,
      generated_at: generatedAt.toISOString(),
      requested_at: job.requestedAt.toISOString(),
      // While it is hidden it must not be given to anybody else who asks.
      ...(job.payload.replay && { replay_id: job.payload.replay.id, reuse: undefined }),
    };
    const event = {
      definition: InsightGenerated,
      id: insightId,
      data,
      time: generatedAt,
      source: 'insight',
      correlationId: job.jobId,
      causationId: job.jobId,
    };
    await job.confirm();
    const accept = (news: readonly RecordedEvent[]) => refuseForgotten(news, snapshot.id);
    const { sequence } = await recordOnce(this.store, insightAggregate(job.userId), event, known, accept);
    await this.progress.reached(consumers.generatedInsights, sequence, job.signal);
    return insightId;
  }

  private row(id: string): Promise<Row | null> {
    return this.orm.em.fork().findOne(GeneratedInsight, { id });
  }
}
