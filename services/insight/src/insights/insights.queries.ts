import { MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { owns, type Principal } from '@undertone/contracts/access/principal';
import {
  insightField,
  insightGroup,
  insightsEpoch,
  insightsField,
  insightsGroup,
} from '@undertone/contracts/insight/cache-keys';
import { type Insight, insight } from '@undertone/contracts/insight/insight';
import { getInsight, type InsightQuery, insightPage, listInsights } from '@undertone/contracts/insight/rpc';
import { ReadCache } from '@undertone/platform/cache/read-cache';
import { Answers, asked, Caller } from '@undertone/platform/nest/answers';
import { sequenceKey } from '@undertone/platform/rpc/cursor-keys';
import { KeysetCursor } from '@undertone/platform/rpc/keyset-cursor';
import type { Page } from '@undertone/platform/rpc/page';
import { isPublished, isShown } from '../replays/shown-insights.js';
import { GeneratedInsight } from './generated-insight.entity.js';
import { InsightNames } from './insight-names.js';
import { shownInsight } from './shown-insight.js';

/** Short: a drop is lost when the projection dies between its commit and the drop. */
const CACHE_SECONDS = 30;

/** The position of a page's last insight. */
const allCursors = new KeysetCursor('insights', sequenceKey);

@Controller()
export class InsightQueries {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(ReadCache) private readonly cache: ReadCache,
    @Inject(InsightNames) private readonly names: InsightNames,
  ) {}

  /** A person's insights, newest first. With a version, all of that version; else what is shown now. */
  @Answers(listInsights)
  list(@Payload(asked(listInsights)) query: InsightQuery): Promise<Page<Insight>> {
    return this.cache.readThrough(
      insightsGroup(query.user_id),
      insightsField(query),
      insightPage,
      CACHE_SECONDS,
      () => this.load(query),
      insightsEpoch,
    );
  }

  @Answers(getInsight)
  async get(
    @Payload(asked(getInsight)) question: { insight_id: string },
    @Caller() caller: Principal,
  ): Promise<{ insight: Insight | null }> {
    const found = await this.find(question.insight_id);
    return { insight: found && owns(caller, found.user_id) ? found : null };
  }

  private async find(id: string): Promise<Insight | null> {
    const cached = await this.cache.read(insightGroup(id), insightField, insight);
    if (cached) return cached;
    const row = await this.orm.em.fork().findOne(GeneratedInsight, { id });
    if (!row) return null;
    const found = await this.names.intoOne(shownInsight(row));
    // An insight never changes: its event is the version of all that is ever written of it.
    this.cache.write(insightGroup(id), insightField, found, CACHE_SECONDS, row.sequence);
    return found;
  }

  // One statement: a page is all of before an activation or all of after it.
  private async load(query: InsightQuery): Promise<Page<Insight>> {
    const cursors = allCursors.for(query);
    const found = this.orm.em
      .fork()
      .createQueryBuilder(GeneratedInsight, 'i')
      .where({ userId: query.user_id })
      .andWhere(query.prompt_version ? isPublished('i') : isShown('i'))
      .orderBy({ position: 'desc', sequence: 'desc' })
      .limit(query.limit + 1);
    if (query.insight_type) found.andWhere({ insightType: query.insight_type });
    if (query.prompt_version) found.andWhere({ promptVersion: query.prompt_version });
    if (query.cursor !== undefined) found.andWhere({ position: { $lt: cursors.read(query.cursor) } });
    const rows = await found.getResultList();
    const page = cursors.page(rows, rows.slice(0, query.limit).map(shownInsight), ({ position }) => position);
    return { ...page, items: await this.names.into(page.items) };
  }
}
