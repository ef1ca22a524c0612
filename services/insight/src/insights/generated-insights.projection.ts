import { Controller, Inject } from '@nestjs/common';
import { consumers } from '@undertone/contracts/consumers';
import { insightsEpoch, insightsGroup } from '@undertone/contracts/insight/cache-keys';
import { InsightGenerated } from '@undertone/contracts/insight/insight-generated';
import { ReadCache } from '@undertone/platform/cache/read-cache';
import { type ProjectionBatch, Projects } from '@undertone/platform/nest/jetstream-handlers';
import type { AfterCommit } from '@undertone/platform/projections/projection';
import { applyReplayEvents } from '../replays/replay-rows.js';
import { GeneratedInsight } from './generated-insight.entity.js';
import { listPlaces } from './list-places.js';

/** Keeps `generated_insight` from what was written, and `replay`, which says what of it readers see. */
@Controller()
export class GeneratedInsightsProjection {
  constructor(@Inject(ReadCache) private readonly cache: ReadCache) {}

  @Projects(consumers.generatedInsights, { epochs: [insightsEpoch] })
  async apply({ events, em }: ProjectionBatch): Promise<AfterCommit> {
    const placeOf = await listPlaces(events, em);
    const rows = events.flatMap((event) => {
      const written = InsightGenerated.read(event);
      if (!written) return [];
      return {
        id: written.insight_id,
        userId: written.user_id,
        snapshotId: written.snapshot_id,
        insightType: written.insight_type,
        toneMode: written.tone_mode,
        promptVersion: written.prompt_version,
        promptHash: written.prompt_hash,
        llmModel: written.llm_model,
        source: written.source,
        structuredOutput: written.structured_output,
        content: written.content,
        promptTokens: written.prompt_tokens,
        completionTokens: written.completion_tokens,
        providerRequestId: written.provider_request_id,
        calls: written.calls ?? null,
        modelId: written.model_id ?? null,
        costUsd: written.cost_usd ?? null,
        priceAsOf: written.price_as_of ?? null,
        fallbacks: written.fallbacks ?? [],
        experimentId: written.experiment_id ?? null,
        variant: written.variant ?? null,
        parameters: written.parameters ?? null,
        reuseScope: written.reuse?.scope ?? null,
        reuseKey: written.reuse?.key ?? null,
        reusedFrom: written.reused_from ?? null,
        reuseReason: written.reuse_reason ?? null,
        generationMs: written.generation_ms,
        generatedAt: new Date(written.generated_at),
        requestedAt: written.requested_at ? new Date(written.requested_at) : null,
        replayId: written.replay_id ?? null,
        sequence: event.sequence,
        position: placeOf(event),
      };
    });
    if (rows.length > 0) await em.insertMany(GeneratedInsight, rows);
    const switches = await applyReplayEvents(events, em);
    const users = new Set(rows.map(({ userId }) => userId));
    return () => {
      for (const { id } of switches) this.cache.openEpoch(insightsEpoch, id);
      for (const userId of users) this.cache.drop(insightsGroup(userId));
    };
  }
}
