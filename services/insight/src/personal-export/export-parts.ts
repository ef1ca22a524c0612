import { type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type { FactoryProvider } from '@nestjs/common';
import { tables } from '@undertone/contracts/personal-data/stores';
import { insightAggregate } from '@undertone/contracts/subjects';
import { EventStore } from '@undertone/platform/event-store/event-store';
import { EXPORT_PARTS } from '@undertone/platform/nest/export.controller';
import { eventPart } from '@undertone/platform/personal-data/event-part';
import { cut, type ExportPart } from '@undertone/platform/personal-data/export-part';
import { tableParts } from '@undertone/platform/personal-data/table-parts';
import { GeneratedInsight } from '../insights/generated-insight.entity.js';
import { InsightNames } from '../insights/insight-names.js';
import { shownInsight } from '../insights/shown-insight.js';
import { isShown } from '../replays/shown-insights.js';
import { insightMarkdown } from './insight-markdown.js';

/** Insights that are read at once; where artists are named in them, ingestion is asked for each. */
const INSIGHTS = 50;

/** What insight has for a person's export. */
export const exportParts: FactoryProvider<readonly ExportPart[]> = {
  provide: EXPORT_PARTS,
  inject: [MikroORM, EventStore, InsightNames],
  useFactory: (orm: MikroORM, store: EventStore, names: InsightNames) => [
    markdownPart(orm, names),
    ...tableParts(orm, tables.insight),
    eventPart(store, 'events/insight.jsonl', insightAggregate),
  ],
};

/** What a reader sees, a file for each month: an archive of many thousand files is none that other programs open. */
const markdownPart = (orm: MikroORM, names: InsightNames): ExportPart => ({
  name: 'insights',
  page: async (userId, after) => {
    const insights = await insightsAfter(orm.em.fork(), userId, after, INSIGHTS + 1);
    const entries = (await names.into(insights)).map((insight) => ({
      file: `insights/${insight.created_at.slice(0, 7)}.md`,
      text: insightMarkdown(insight),
      key: JSON.stringify([insight.created_at, insight.id]),
    }));
    const { sent, next } = cut(entries, INSIGHTS);
    return { pieces: sent.map(({ file, text }) => ({ file, text })), next };
  },
});

/** Oldest first. */
async function insightsAfter(em: EntityManager, userId: string, after: string | undefined, limit: number) {
  const found = em
    .createQueryBuilder(GeneratedInsight, 'i')
    .where({ userId })
    .andWhere(isShown('i'))
    .orderBy({ generatedAt: 'asc', id: 'asc' })
    .limit(limit);
  if (after !== undefined) {
    const [moment, id] = JSON.parse(after) as [string, string];
    const generatedAt = new Date(moment);
    found.andWhere({ $or: [{ generatedAt: { $gt: generatedAt } }, { generatedAt, id: { $gt: id } }] });
  }
  return (await found.getResultList()).map(shownInsight);
}
