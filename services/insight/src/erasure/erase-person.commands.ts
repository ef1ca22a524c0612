import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { insightGroup, insightsGroup } from '@undertone/contracts/insight/cache-keys';
import { type ErasedPiece, erasePerson } from '@undertone/contracts/personal-data/erasure';
import { insightAggregate } from '@undertone/contracts/subjects';
import { ReadCache } from '@undertone/platform/cache/read-cache';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { ErasurePiece } from '@undertone/platform/personal-data/erasure-piece';
import { GeneratedInsight } from '../insights/generated-insight.entity.js';
import { deleteItems } from '../replay-run/replay-total.js';
import { InsightClaim } from '../reuse/insight-claim.entity.js';

/** How long Redis may take to drop what it has of them; without it that lapses within minutes. */
const DROPPED_MS = 1_000;
/** Rows that are taken out of sums, or whose cached answers are dropped, at once. */
const AT_ONCE = 1_000;

@Controller()
export class ErasePersonCommands {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(ReadCache) private readonly cache: ReadCache,
  ) {}

  /** The events first: what the projections have not read by then they never read. */
  @Answers(erasePerson.insight)
  async erase(
    @Payload(asked(erasePerson.insight)) { user_id: userId }: { user_id: string },
  ): Promise<ErasedPiece> {
    const piece = new ErasurePiece('insight');
    const { stream, filter } = insightAggregate(userId);
    await piece.events(this.store, stream, filter);
    await this.replayItems(piece, userId);
    await this.insights(piece, userId);
    await piece.rows(this.orm.em.fork(), userId);
    this.cache.drop(insightsGroup(userId));
    return piece.answer;
  }

  private async replayItems(piece: ErasurePiece, userId: string): Promise<void> {
    while (piece.goesOn) {
      const gone = await this.orm.em.fork().transactional((em) => deleteItems(em, { userId }, AT_ONCE));
      piece.note('table replay_item', gone);
      if (gone < AT_ONCE) return;
    }
  }

  /** Each is cached by its own id, which its row alone knows. */
  private async insights(piece: ErasurePiece, userId: string): Promise<void> {
    while (piece.goesOn) {
      const em = this.orm.em.fork();
      const rows = await em.find(
        GeneratedInsight,
        { userId },
        { limit: AT_ONCE, fields: ['id'], disableIdentityMap: true },
      );
      const ids = rows.map(({ id }) => id);
      for (const id of ids) this.cache.drop(insightGroup(id));
      // The rows last: by them the next piece finds what is left, should this process die.
      if (ids.length > 0) await this.cache.settle(DROPPED_MS);
      await em.nativeDelete(InsightClaim, { insightId: { $in: ids } });
      piece.note('table generated_insight', await em.nativeDelete(GeneratedInsight, { id: { $in: ids } }));
      // What was read of them in between.
      for (const id of ids) this.cache.drop(insightGroup(id));
      if (rows.length < AT_ONCE) return;
    }
  }
}
