import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { owns, type Principal } from '@undertone/contracts/access/principal';
import { consumers } from '@undertone/contracts/consumers';
import { FeedbackGiven } from '@undertone/contracts/insight/feedback-given';
import { giveFeedback } from '@undertone/contracts/insight/rpc';
import { insightAggregate } from '@undertone/contracts/subjects';
import { decideAndAppend, type LoadedState } from '@undertone/platform/event-store/decide-and-append';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { derivedId, newId } from '@undertone/platform/ids/ids';
import { Answers, asked, Caller } from '@undertone/platform/nest/answers';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import { Refused } from '@undertone/platform/rpc/rpc-client';
import { GeneratedInsight } from '../insights/generated-insight.entity.js';
import { type FeedbackState, feedback, saidNothing } from './feedback.js';
import { InsightFeedback } from './insight-feedback.entity.js';

const APPLIED_MS = 3_000;

@Controller()
export class FeedbackCommands {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(ProjectionProgress) private readonly progress: ProjectionProgress,
  ) {}

  /**
   * The reader is whom the insight was written for.
   * @throws {TransientJobError} it is recorded, and cannot be read yet.
   */
  @Answers(giveFeedback)
  async give(
    @Payload(asked(giveFeedback)) said: {
      insight_id: string;
      helpful: boolean;
      idempotency_key?: string | undefined;
    },
    @Caller() caller: Principal,
  ): Promise<{ insight_id: string; helpful: boolean }> {
    const { insight_id: insightId, helpful, idempotency_key: key } = said;
    const insight = await this.orm.em.fork().findOne(GeneratedInsight, { id: insightId });
    if (!insight || !owns(caller, insight.userId)) {
      throw new Refused('INSIGHT_NOT_FOUND', 'there is no such insight');
    }
    const { userId } = insight;
    const eventId = key ? derivedId('feedback given', insightId, key) : newId();
    const command = { eventId, insightId, userId, helpful, at: new Date() };
    await decideAndAppend(this.store, insightAggregate(userId), feedback, command, () =>
      this.load(insightId),
    );
    await this.applied(userId);
    return { insight_id: insightId, helpful };
  }

  // Whoever gave it finds it in the reports. Where nothing was appended, what was said before is there.
  private async applied(userId: string): Promise<void> {
    const { stream, prefix } = insightAggregate(userId);
    const last = await this.store.last(stream, `${prefix}.${FeedbackGiven.subjectToken}`);
    const { signal } = new AbortController();
    await this.progress.reached(consumers.insightFeedback, last?.sequence ?? 0, signal, APPLIED_MS);
  }

  private async load(insightId: string): Promise<LoadedState<FeedbackState>> {
    const sequence = await this.progress.sequence(consumers.insightFeedback);
    const row = await this.orm.em.fork().findOne(InsightFeedback, { insightId });
    if (!row) return { state: saidNothing, sequence };
    return { state: new Map([[insightId, row.helpful]]), sequence };
  }
}
