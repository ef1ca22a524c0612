import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { consumers } from '@undertone/contracts/consumers';
import type { RecordedEvent } from '@undertone/contracts/event';
import { insightGroup, insightsGroup } from '@undertone/contracts/insight/cache-keys';
import { FeedbackGiven } from '@undertone/contracts/insight/feedback-given';
import { GenerationFailed } from '@undertone/contracts/insight/generation-failed';
import { InsightGenerated } from '@undertone/contracts/insight/insight-generated';
import { forgetSnapshots } from '@undertone/contracts/insight/rpc';
import { SnapshotsForgotten } from '@undertone/contracts/insight/snapshots-forgotten';
import { insightAggregate } from '@undertone/contracts/subjects';
import { ReadCache } from '@undertone/platform/cache/read-cache';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { recordOnce } from '@undertone/platform/event-store/record-once';
import { derivedId } from '@undertone/platform/ids/ids';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import { InsightFeedback } from '../feedback/insight-feedback.entity.js';
import { GenerationFailure } from '../generation/generation-failure.entity.js';
import { GeneratedInsight } from '../insights/generated-insight.entity.js';
import { deleteItems } from '../replay-run/replay-total.js';
import { KnownSnapshot } from '../snapshots/known-snapshot.entity.js';

const CAUGHT_UP_MS = 10_000;
const readModels = [
  [consumers.generatedInsights, InsightGenerated],
  [consumers.generationFailures, GenerationFailed],
  [consumers.insightFeedback, FeedbackGiven],
] as const;

@Controller()
export class ForgetSnapshotsCommands {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(ProjectionProgress) private readonly progress: ProjectionProgress,
    @Inject(ReadCache) private readonly cache: ReadCache,
  ) {}

  /**
   * First an event has whoever is writing of them record nothing. What was recorded before goes last: by it a second try finds the rest.
   * @throws {TransientJobError} the read models are too far behind: they could still bring rows.
   */
  @Answers(forgetSnapshots)
  async forget(
    @Payload(asked(forgetSnapshots)) {
      user_id: userId,
      snapshot_ids: snapshotIds,
      known_up_to: knownUpTo,
    }: {
      user_id: string;
      snapshot_ids: string[];
      known_up_to: number;
    },
  ): Promise<{ insights: number; events: number }> {
    await this.say(userId, snapshotIds);
    const snapshots = new Set(snapshotIds);
    const aggregate = insightAggregate(userId);
    const insights = new Set<string>();
    const sequences: number[] = [];
    let written = 0;
    const log = await this.store.read(aggregate);
    for (const event of log) {
      const generated = InsightGenerated.read(event);
      const made = generated ?? GenerationFailed.read(event);
      if (made && snapshots.has(made.snapshot_id)) insights.add(made.insight_id);
      const about = made?.insight_id ?? FeedbackGiven.read(event)?.insight_id;
      if (!about || !insights.has(about)) continue;
      sequences.push(event.sequence);
      if (generated) written += 1;
    }
    await this.caughtUp(log, knownUpTo);
    await this.orm.em.fork().transactional(async (em) => {
      const snapshotId = { $in: snapshotIds };
      await em.nativeDelete(GeneratedInsight, { userId, snapshotId });
      await em.nativeDelete(GenerationFailure, { userId, snapshotId });
      await em.nativeDelete(InsightFeedback, { userId, insightId: { $in: [...insights] } });
      await deleteItems(em, { userId, snapshotId });
      await em.nativeDelete(KnownSnapshot, { userId, id: snapshotId });
    });
    this.cache.drop(insightsGroup(userId));
    for (const id of insights) this.cache.drop(insightGroup(id));
    let events = 0;
    for (const sequence of sequences) {
      if (await this.store.eraseAt(aggregate.stream, sequence)) events += 1;
    }
    return { insights: written, events };
  }

  private async say(userId: string, snapshotIds: readonly string[]): Promise<void> {
    const now = new Date();
    const event = {
      definition: SnapshotsForgotten,
      id: derivedId('snapshots forgotten', userId, ...snapshotIds),
      data: { user_id: userId, snapshot_ids: [...snapshotIds], forgotten_at: now.toISOString() },
      time: now,
      source: 'insight',
    };
    await recordOnce(this.store, insightAggregate(userId), event, { upTo: 0 });
  }

  private async caughtUp(log: readonly RecordedEvent[], knownUpTo: number): Promise<void> {
    const { signal } = new AbortController();
    await this.progress.reached(consumers.knownSnapshots, knownUpTo, signal, CAUGHT_UP_MS);
    for (const [consumer, { type }] of readModels) {
      const last = log.findLast((event) => event.type === type)?.sequence ?? 0;
      await this.progress.reached(consumer, last, signal, CAUGHT_UP_MS);
    }
  }
}
