import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { consumers } from '@undertone/contracts/consumers';
import type { InsightType, ToneMode } from '@undertone/contracts/insight/insight';
import { InsightGenerated, type InsightGeneratedData } from '@undertone/contracts/insight/insight-generated';
import { generateInsight } from '@undertone/contracts/jobs/generate-insight';
import { getSnapshot } from '@undertone/contracts/listening/rpc';
import type { Snapshot } from '@undertone/contracts/listening/snapshot';
import { promptVersionText } from '@undertone/contracts/prompt/prompt';
import { insightAggregate } from '@undertone/contracts/subjects';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { type KnownEvent, recordOnce } from '@undertone/platform/event-store/record-once';
import { derivedId } from '@undertone/platform/ids/ids';
import { PermanentJobError } from '@undertone/platform/jobs/job-errors';
import type { JobContext } from '@undertone/platform/jobs/job-handler';
import { HandlesJob } from '@undertone/platform/nest/jetstream-handlers';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import { RpcClient } from '@undertone/platform/rpc/rpc-client';
import { PromptLibrary } from '../prompts/prompt-library.js';
import { gatherFacts } from '../types/gather-facts.js';
import { insightTypes } from '../types/insight-types.js';
import { INSIGHT_WRITER, type InsightWriter } from '../writers/insight-writer.js';
import { GeneratedInsight } from './generated-insight.entity.js';
import { GenerationFailures } from './generation-failures.js';
import { contentOf } from './insight-content.js';

type Job = JobContext<{
  user_id: string;
  snapshot_id: string;
  insight_type: InsightType;
  tone_mode: ToneMode;
  prompt_version?: string | undefined;
  replay?: { id: string; round: number } | undefined;
  allow_names?: boolean | undefined;
}>;

// A replay has one insight of a snapshot, whichever of its jobs wrote it.
const idOf = ({ jobId, payload: { replay, snapshot_id } }: Job): string =>
  replay ? derivedId('replay', replay.id, snapshot_id, 'insight') : derivedId(jobId, 'insight');

/** Writes an insight from a snapshot. Its id comes from the job, so a job that is done again writes it once. */
@Controller()
export class GenerateInsightJob {
  constructor(
    @Inject(INSIGHT_WRITER) private readonly writer: InsightWriter,
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(ProjectionProgress) private readonly progress: ProjectionProgress,
    @Inject(RpcClient) private readonly rpc: RpcClient,
    @Inject(PromptLibrary) private readonly prompts: PromptLibrary,
    @Inject(GenerationFailures) private readonly failures: GenerationFailures,
  ) {}

  @HandlesJob(generateInsight)
  async generate(job: Job): Promise<{ insight_id: string }> {
    const insightId = idOf(job);
    // Asked before the model is: what an interrupted try wrote is not paid for twice.
    const before = await this.known(insightId);
    const at = before.at ?? (await this.inTail(job.userId, insightId, before.upTo));
    const sequence = at ?? (await this.writeAndRecord(job, insightId, before));
    await this.progress.reached(consumers.generatedInsights, sequence, job.signal);
    return { insight_id: insightId };
  }

  private async writeAndRecord(job: Job, insightId: string, known: KnownEvent): Promise<number> {
    const { insight_type: insightType, tone_mode: tone, allow_names: allowNames = false } = job.payload;
    const type = insightTypes[insightType];
    const snapshot = await this.snapshot(job);
    job.progress({ percent: 20, message: 'writing' });
    const prompt = await this.prompts.resolve({
      name: insightType,
      userId: job.userId,
      at: job.requestedAt,
      version: job.payload.prompt_version,
    });
    const { version, experiment } = prompt;
    const started = performance.now();
    const request = {
      seed: insightId,
      type,
      tone,
      facts: await gatherFacts(this.rpc, type, snapshot, allowNames),
      prompt: version,
      signal: job.signal,
    };
    const writing = await this.writer
      .write(request)
      .catch((error: unknown) => this.failures.rethrow(error, job, insightId, prompt));
    const generatedAt = new Date();
    const data: InsightGeneratedData = {
      insight_id: insightId,
      user_id: job.userId,
      snapshot_id: snapshot.id,
      insight_type: insightType,
      tone_mode: tone,
      prompt_version: promptVersionText(insightType, version.number),
      prompt_hash: version.hash,
      ...(experiment && { experiment_id: experiment.id, variant: experiment.variant }),
      ...(writing.parameters && { parameters: writing.parameters }),
      llm_model: writing.model,
      source: snapshot.source,
      structured_output: writing.text,
      content: contentOf(writing.text, type),
      prompt_tokens: writing.promptTokens,
      completion_tokens: writing.completionTokens,
      provider_request_id: writing.requestId,
      model_id: writing.modelId ?? null,
      cost_usd: writing.costUsd === undefined ? 0 : writing.costUsd,
      price_as_of: writing.priceAsOf ?? null,
      fallbacks: [...(writing.fallbacks ?? [])],
      generation_ms: Math.round(performance.now() - started),
      generated_at: generatedAt.toISOString(),
      requested_at: job.requestedAt.toISOString(),
      ...(job.payload.replay && { replay_id: job.payload.replay.id }),
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
    return (await recordOnce(this.store, insightAggregate(job.userId), event, known)).sequence;
  }

  private async known(insightId: string): Promise<KnownEvent> {
    const upTo = await this.progress.sequence(consumers.generatedInsights);
    const row = await this.orm.em.fork().findOne(GeneratedInsight, { id: insightId });
    return { at: row?.sequence, upTo };
  }

  private async inTail(userId: string, id: string, upTo: number): Promise<number | undefined> {
    const tail = await this.store.read(insightAggregate(userId), upTo);
    return tail.find((event) => event.id === id)?.sequence;
  }

  private async snapshot(job: Job): Promise<Snapshot> {
    const { snapshot } = await this.rpc.ask(getSnapshot, { snapshot_id: job.payload.snapshot_id });
    if (!snapshot || snapshot.user_id !== job.userId) {
      throw new PermanentJobError('SNAPSHOT_NOT_FOUND', 'there is no such snapshot of this person');
    }
    return snapshot;
  }
}
