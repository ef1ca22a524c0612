import type { EntityManager } from '@mikro-orm/postgresql';
import type { ImportReport as Report } from '@undertone/contracts/listening/import';
import { ImportReport } from '../plays/import-report.entity.js';
import { PossibleGap } from '../plays/possible-gap.entity.js';

/** From one moment to another. */
export interface Span {
  readonly since: Date;
  readonly until: Date;
}

/** Account data has no seconds. */
const MARGIN_MS = 60_000;

/** Where plays of a person may be missing, oldest first: what Spotify may have forgotten and no import has told since. */
export async function openGaps(em: EntityManager, userId: string): Promise<Span[]> {
  const gaps = await em.find(PossibleGap, { userId }, { orderBy: { since: 'asc', sequence: 'asc' } });
  if (gaps.length === 0) return [];
  const imports = await em.find(ImportReport, { userId, takenBack: null });
  return without(
    gaps,
    imports.flatMap(({ report }) => coveredBy(report)),
  );
}

/** What an import tells of; nothing where its plays are lost. */
function coveredBy({ covers, first_played_at, last_played_at, plays_lost }: Report): Span[] {
  // Earlier releases said of kept plays alone when they were.
  const { from, to } = covers ?? { from: first_played_at, to: last_played_at };
  if (plays_lost || from === null || to === null) return [];
  return [{ since: new Date(Date.parse(from) - MARGIN_MS), until: new Date(Date.parse(to) + MARGIN_MS) }];
}

/** What is left of spans when others are taken out of them. */
export function without(spans: readonly Span[], covered: readonly Span[]): Span[] {
  return covered.reduce<Span[]>(
    (left, { since, until }) =>
      left.flatMap((span) =>
        [
          { since: span.since, until: earliest(span.until, since) },
          { since: latest(span.since, until), until: span.until },
        ].filter((part) => part.since < part.until),
      ),
    spans.map((span) => ({ since: span.since, until: span.until })),
  );
}

const earliest = (a: Date, b: Date): Date => new Date(Math.min(a.getTime(), b.getTime()));
const latest = (a: Date, b: Date): Date => new Date(Math.max(a.getTime(), b.getTime()));
