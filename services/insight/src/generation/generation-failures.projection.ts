import { Controller } from '@nestjs/common';
import { consumers } from '@undertone/contracts/consumers';
import { GenerationFailed } from '@undertone/contracts/insight/generation-failed';
import { type ProjectionBatch, Projects } from '@undertone/platform/nest/jetstream-handlers';
import { GenerationFailure } from './generation-failure.entity.js';

/** Keeps `generation_failure`. */
@Controller()
export class GenerationFailuresProjection {
  @Projects(consumers.generationFailures)
  async apply({ events, em }: ProjectionBatch): Promise<void> {
    const rows = events.flatMap((event) => {
      const failed = GenerationFailed.read(event);
      if (!failed) return [];
      return {
        insightId: failed.insight_id,
        userId: failed.user_id,
        snapshotId: failed.snapshot_id,
        insightType: failed.insight_type,
        promptVersion: failed.prompt_version,
        experimentId: failed.experiment_id ?? null,
        variant: failed.variant ?? null,
        code: failed.code,
        attempts: failed.attempts,
        failedAt: new Date(failed.failed_at),
        sequence: event.sequence,
      };
    });
    if (rows.length > 0) await em.insertMany(GenerationFailure, rows);
  }
}
