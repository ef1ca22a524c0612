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
import type { Facts } from '../facts/facts.js';
import { gatherFacts } from '../facts/gather-facts.js';
import { contentOf } from '../insight-text/insight-content.js';
import { GeneratedInsight } from '../insights/generated-insight.entity.js';
import { ReplayBudgetExhausted } from '../language-models/call-allowance.js';
import { type ChosenPrompt, PromptLibrary } from '../prompts/prompt-library.js';
import { ReplayDecisions } from '../replays/replay-decisions.js';
import { InsightReuse } from '../reuse/insight-reuse.js';
import type { Reusable } from '../reuse/stored-insights.js';
import { insightTypes } from '../type-registry/insight-types.js';
import type { InsightTypeDefinition } from '../types/insight-type.js';
import { INSIGHT_WRITER, type InsightWriter } from '../writers/insight-writer.js';
import { GenerationFailures } from './generation-failures.js';

type Job = JobContext<{
  user_id: string;
  snapshot_id: string;
  insight_type: InsightType;
  tone_mode: ToneMode;
  fresh?: boolean | undefined;
  allow_names?: boolean | undefined;
  prompt_version?: string | undefined;
  replay?: { id: string; round: number } | undefined;
}>;

// A replay has one insight of a snapshot, whichever of its jobs wrote it.
const idOf = ({ jobId, payload: { replay, snapshot_id } }: Job): string =>
  replay ? derivedId('replay', replay.id, snapshot_id, 'insight') : derivedId(jobId, 'insight');

/** What is to be written, of what, and how. */
interface Order {
  readonly job: Job;
  readonly insightId: string;
  readonly type: InsightTypeDefinition;
  readonly facts: Facts;
  readonly prompt: ChosenPrompt;
}

/**
 * Writes an insight from a snapshot, or gives one that is stored. Its id comes from the job, so a job that is done again
 * writes it once.
 */
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
    @Inject(InsightReuse) private readonly reuse: InsightReuse,
    @Inject(ReplayDecisions) private readonly replays: ReplayDecisions,
  ) {}

  @HandlesJob(generateInsight)
  async generate(job: Job): Promise<{ insight_id: string; reused: boolean }> {
    const insightId = idOf(job);
    // Asked before the model is: what an interrupted try wrote is not paid for twice.
    const before = await this.known(insightId);
    const at = before.at ?? (await this.inTail(job.userId, insightId, before.upTo));
    if (at !== undefined) {
      await this.progress.reached(consumers.generatedInsights, at, job.signal);
      const row = await this.orm.em.fork().findOne(GeneratedInsight, { id: insightId });
      return { insight_id: insightId, reused: Boolean(row?.reusedFrom) };
    }
    const order = await this.order(job, insightId);
    // A replay is asked for to have each written anew.
    if (job.payload.replay) return { insight_id: await this.write(order, before), reused: false };
    return this.reuse.orElse(this.ingredients(order), job, {
      give: (found) => this.give(order, found, before),
      write: () => this.write(order, before),
    });
  }

  private async order(job: Job, insightId: string): Promise<Order> {
    const { insight_type: name, allow_names: allowNames = false, prompt_version: version } = job.payload;
    const type = insightTypes[name];
    const snapshot = await this.snapshot(job);
    const prompt = await this.prompts.resolve({ name, userId: job.userId, at: job.requestedAt, version });
    const tellsPeriod = prompt.version.variables.period !== undefined;
    const facts = await gatherFacts(this.rpc, type.uses, snapshot, { allowNames, tellsPeriod });
    return { job, insightId, type, facts, prompt };
  }

  private ingredients({ job, type, facts, prompt: { version } }: Order) {
    const { tone_mode: tone } = job.payload;
    return { userId: job.userId, type, tone, facts, promptHash: version.hash, promptModel: version.model };
  }

  /** Has it written, and records that. */
  private async write(order: Order, known: KnownEvent): Promise<string> {
    const { job, insightId, type, facts, prompt } = order;
    job.progress({ percent: 20, message: 'writing' });
    const started = performance.now();
    const request = {
      seed: insightId,
      type,
      tone: job.payload.tone_mode,
      facts,
      prompt: prompt.version,
      caller: { userId: job.userId, lane: job.lane, replayId: job.payload.replay?.id },
      signal: job.signal,
    };
    const writing = await this.writer.write(request).catch(async (error: unknown) => {
      if (!(error instanceof ReplayBudgetExhausted))
        return this.failures.rethrow(error, job, insightId, prompt);
      await this.replays.pauseForBudget(error.replayId);
      throw error;
    });
    return this.record(order, known, {
      ...(writing.parameters && { parameters: writing.parameters }),
      llm_model: writing.model,
      structured_output: writing.text,
      content: contentOf(writing.text, type, [facts.nameless]),
      prompt_tokens: writing.promptTokens,
      completion_tokens: writing.completionTokens,
      provider_request_id: writing.requestId,
      calls: writing.calls ?? 0,
      model_id: writing.modelId ?? null,
      cost_usd: writing.costUsd === undefined ? 0 : writing.costUsd,
      price_as_of: writing.priceAsOf ?? null,
      fallbacks: [...(writing.fallbacks ?? [])],
      // Of the model that answered, which need not be the one that was asked first.
      reuse: this.reuse.keyOf(this.ingredients(order), writing.modelId),
      generation_ms: Math.round(performance.now() - started),
    });
  }

  /** Gives a stored insight: its own again, or the text of another snapshot's as one of this snapshot. */
  private async give(order: Order, { row, reason, note }: Reusable, known: KnownEvent): Promise<string> {
    if (reason === undefined) return row.id;
    return this.record(order, known, {
      ...(row.parameters && { parameters: row.parameters }),
      llm_model: row.llmModel,
      structured_output: row.structuredOutput,
      content: contentOf(row.structuredOutput, order.type, [note, order.facts.nameless]),
      prompt_tokens: null,
      completion_tokens: null,
      provider_request_id: null,
      calls: 0,
      model_id: row.modelId ?? null,
      cost_usd: 0,
      price_as_of: null,
      fallbacks: [],
      // The text's own: what is nearly the same is not taken for the same later.
      ...(row.reuseScope && row.reuseKey && { reuse: { scope: row.reuseScope, key: row.reuseKey } }),
      reused_from: row.reusedFrom ?? row.id,
      reuse_reason: reason,
      generation_ms: 0,
    });
  }

  private async record(
    { job, insightId, facts: { snapshot }, prompt: { version, experiment } }: Order,
    known: KnownEvent,
    written: Pick<InsightGeneratedData, 'llm_model' | 'structured_output' | 'content' | 'generation_ms'> &
      Pick<InsightGeneratedData, 'prompt_tokens' | 'completion_tokens' | 'provider_request_id'> &
      Partial<InsightGeneratedData>,
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
    const { sequence } = await recordOnce(this.store, insightAggregate(job.userId), event, known);
    await this.progress.reached(consumers.generatedInsights, sequence, job.signal);
    return insightId;
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
