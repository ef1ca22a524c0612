import { Controller, Inject } from '@nestjs/common';
import { generateInsight } from '@undertone/contracts/jobs/generate-insight';
import type { KnownEvent } from '@undertone/platform/event-store/record-once';
import { derivedId } from '@undertone/platform/ids/ids';
import type { FailedJob } from '@undertone/platform/jobs/job-handler';
import { HandlesJob, OnJobFailed } from '@undertone/platform/nest/jetstream-handlers';
import { notesOf } from '../facts/notes.js';
import { contentOf } from '../insight-text/insight-content.js';
import { ReplayBudgetExhausted } from '../language-models/call-allowance.js';
import { ReplayDecisions } from '../replays/replay-decisions.js';
import { InsightReuse } from '../reuse/insight-reuse.js';
import type { Reusable } from '../reuse/stored-insights.js';
import { INSIGHT_WRITER, type InsightWriter } from '../writers/insight-writer.js';
import { GenerationFailures } from './generation-failures.js';
import { type InsightJob, type InsightOrder, InsightOrders } from './insight-orders.js';
import { InsightRecords } from './insight-records.js';

// A replay has one insight of a snapshot, whichever of its jobs wrote it.
const idOf = ({ jobId, payload: { replay, snapshot_id } }: Pick<InsightJob, 'jobId' | 'payload'>): string =>
  replay ? derivedId('replay', replay.id, snapshot_id, 'insight') : derivedId(jobId, 'insight');

/**
 * Writes an insight from a snapshot, or gives one that is stored. Its id comes from the job, so a job that is done again
 * writes it once.
 */
@Controller()
export class GenerateInsightJob {
  constructor(
    @Inject(INSIGHT_WRITER) private readonly writer: InsightWriter,
    @Inject(InsightOrders) private readonly orders: InsightOrders,
    @Inject(InsightRecords) private readonly records: InsightRecords,
    @Inject(GenerationFailures) private readonly failures: GenerationFailures,
    @Inject(InsightReuse) private readonly reuse: InsightReuse,
    @Inject(ReplayDecisions) private readonly replays: ReplayDecisions,
  ) {}

  @HandlesJob(generateInsight)
  async generate(job: InsightJob): Promise<{ insight_id: string; reused: boolean }> {
    const insightId = idOf(job);
    // Asked before the model is: what an interrupted try wrote is not paid for twice.
    const known = await this.records.find(job, insightId);
    if (known.at !== undefined) {
      return { insight_id: insightId, reused: await this.records.isReused(job, insightId, known.at) };
    }
    const order = await this.orders.gather(job, insightId);
    // A replay is asked for to have each written anew.
    if (job.payload.replay) return { insight_id: await this.write(order, known), reused: false };
    return this.reuse.orElse(this.ingredients(order), job, {
      give: (found) => this.give(order, found, known),
      write: () => this.write(order, known),
    });
  }

  /** What came of asking for a text counts as the prompt's failure; what was missing before is not its fault. */
  @OnJobFailed(generateInsight)
  async recordFailure(job: FailedJob<InsightJob['payload']>): Promise<void> {
    if (!job.problem?.code.startsWith('LLM_')) return;
    const prompt = await this.orders.promptOf(job);
    await this.failures.record(job.problem, job, idOf(job), prompt);
  }

  private ingredients({ job, type, facts, prompt: { version } }: InsightOrder) {
    const { tone_mode: tone } = job.payload;
    return { userId: job.userId, type, tone, facts, promptHash: version.hash, promptModel: version.model };
  }

  /** Has it written, and records that. */
  private async write(order: InsightOrder, known: KnownEvent): Promise<string> {
    const { job, insightId, type, facts, prompt } = order;
    job.progress({ percent: 20, message: 'writing' });
    const started = performance.now();
    const request = {
      seed: insightId,
      type,
      tone: job.payload.tone_mode,
      facts,
      prompt: prompt.version,
      caller: { jobId: job.jobId, userId: job.userId, lane: job.lane, replayId: job.payload.replay?.id },
      signal: job.signal,
    };
    const writing = await this.writer.write(request).catch(async (error: unknown) => {
      if (error instanceof ReplayBudgetExhausted) await this.replays.pauseForBudget(error.replayId);
      throw error;
    });
    return this.records.record(order, known, {
      ...(writing.parameters && { parameters: writing.parameters }),
      llm_model: writing.model,
      structured_output: writing.text,
      content: contentOf(writing.text, type, notesOf(facts, writing.model)),
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
  private async give(
    order: InsightOrder,
    { row, reason, note }: Reusable,
    known: KnownEvent,
  ): Promise<string> {
    if (reason === undefined) return row.id;
    return this.records.record(order, known, {
      ...(row.parameters && { parameters: row.parameters }),
      llm_model: row.llmModel,
      structured_output: row.structuredOutput,
      content: contentOf(row.structuredOutput, order.type, [note, ...notesOf(order.facts, row.llmModel)]),
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
}
