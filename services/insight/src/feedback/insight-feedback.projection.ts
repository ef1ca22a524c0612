import { Controller } from '@nestjs/common';
import { consumers } from '@undertone/contracts/consumers';
import { FeedbackGiven } from '@undertone/contracts/insight/feedback-given';
import { type ProjectionBatch, Projects } from '@undertone/platform/nest/jetstream-handlers';
import { InsightFeedback } from './insight-feedback.entity.js';

/** Keeps `insight_feedback`: the last word on each insight. */
@Controller()
export class InsightFeedbackProjection {
  @Projects(consumers.insightFeedback)
  async apply({ events, em }: ProjectionBatch): Promise<void> {
    // One statement must not touch a row twice.
    const last = new Map(
      events.flatMap((event) => {
        const given = FeedbackGiven.read(event);
        if (!given) return [];
        const { insight_id: insightId, user_id: userId, helpful, given_at } = given;
        return [
          [insightId, { insightId, userId, helpful, givenAt: new Date(given_at), sequence: event.sequence }],
        ];
      }),
    );
    if (last.size > 0) await em.upsertMany(InsightFeedback, [...last.values()]);
  }
}
