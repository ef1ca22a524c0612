import type { InferEntity } from '@mikro-orm/postgresql';
import type { Insight } from '@undertone/contracts/insight/insight';
import type { GeneratedInsight } from './generated-insight.entity.js';

/** An insight as clients see it; names of artists are not in it yet (`InsightNames`). */
export const shownInsight = (row: InferEntity<typeof GeneratedInsight>): Insight => ({
  id: row.id,
  user_id: row.userId,
  snapshot_id: row.snapshotId,
  insight_type: row.insightType,
  tone_mode: row.toneMode,
  prompt_version: row.promptVersion,
  prompt_hash: row.promptHash,
  llm_model: row.llmModel,
  source: row.source,
  structured_output: row.structuredOutput,
  content: row.content,
  prompt_tokens: row.promptTokens ?? null,
  completion_tokens: row.completionTokens ?? null,
  provider_request_id: row.providerRequestId ?? null,
  model_id: row.modelId ?? null,
  cost_usd: row.costUsd ?? null,
  price_as_of: row.priceAsOf ?? null,
  fallbacks: row.fallbacks,
  reused_from: row.reusedFrom ?? null,
  reuse_reason: row.reuseReason ?? null,
  generation_ms: row.generationMs,
  ...(row.replayId && { replay_id: row.replayId }),
  ...(row.experimentId != null && { experiment_id: row.experimentId }),
  ...(row.variant != null && { variant: row.variant }),
  ...(row.parameters != null && { parameters: row.parameters }),
  created_at: row.generatedAt.toISOString(),
});
