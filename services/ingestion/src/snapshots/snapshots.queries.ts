import { type FilterQuery, type InferEntity, MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { snapshotsField, snapshotsGroup } from '@undertone/contracts/listening/cache-keys';
import {
  compareSnapshots as compareQuestion,
  type SnapshotComparison,
} from '@undertone/contracts/listening/comparison';
import {
  getSnapshot,
  listSnapshots,
  type SnapshotQuery,
  snapshotPage,
} from '@undertone/contracts/listening/rpc';
import type { Snapshot } from '@undertone/contracts/listening/snapshot';
import { ReadCache } from '@undertone/platform/cache/read-cache';
import { Answers, asked } from '@undertone/platform/nest/answers';
import { cursorSequence, type Page, pageOf } from '@undertone/platform/rpc/page';
import { compareSnapshots } from './compare-snapshots.js';
import { ListeningSnapshot } from './listening-snapshot.entity.js';

/** Short: a drop is lost when the projection dies between its commit and the drop. */
const CACHE_SECONDS = 30;

type Row = InferEntity<typeof ListeningSnapshot>;

@Controller()
export class SnapshotQueries {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(ReadCache) private readonly cache: ReadCache,
  ) {}

  /** A person's current snapshots, newest first. */
  @Answers(listSnapshots)
  list(@Payload(asked(listSnapshots)) query: SnapshotQuery): Promise<Page<Snapshot>> {
    return this.cache.readThrough(
      snapshotsGroup(query.user_id),
      snapshotsField(query),
      snapshotPage,
      CACHE_SECONDS,
      () => this.load(query),
    );
  }

  @Answers(getSnapshot)
  async get(
    @Payload(asked(getSnapshot)) question: { snapshot_id: string },
  ): Promise<{ snapshot: Snapshot | null }> {
    const row = await this.orm.em.fork().findOne(ListeningSnapshot, { id: question.snapshot_id });
    return { snapshot: row ? shown(row) : null };
  }

  @Answers(compareQuestion)
  async compare(
    @Payload(asked(compareQuestion)) { a, b }: { a: string; b: string },
  ): Promise<{ comparison: SnapshotComparison | null }> {
    const rows = await this.orm.em.fork().find(ListeningSnapshot, { id: { $in: [a, b] } });
    const [from, to] = [a, b].map((id) => rows.find((row) => row.id === id));
    if (!from || !to || from.userId !== to.userId) return { comparison: null };
    return { comparison: compareSnapshots(shown(from), shown(to)) };
  }

  private async load(query: SnapshotQuery): Promise<Page<Snapshot>> {
    const where: FilterQuery<Row> = { userId: query.user_id, superseded: false };
    if (query.time_range) where.timeRange = query.time_range;
    const date = { ...(query.from && { $gte: query.from }), ...(query.to && { $lte: query.to }) };
    if (query.from || query.to) where.snapshotDate = date;
    if (query.cursor !== undefined) where.sequence = { $lt: cursorSequence(query.cursor) };
    const rows = await this.orm.em
      .fork()
      .find(ListeningSnapshot, where, { orderBy: { sequence: 'desc' }, limit: query.limit + 1 });
    return pageOf(rows, query.limit, shown);
  }
}

const shown = (row: Row): Snapshot => ({
  id: row.id,
  user_id: row.userId,
  source: row.source,
  snapshot_date: row.snapshotDate,
  time_range: row.timeRange,
  period: row.period ?? null,
  weighting: row.weighting,
  audio_features: row.audioFeatures,
  mood_patterns: row.moodPatterns,
  mood_diversity_score: row.moodDiversityScore ?? null,
  total_tracks_analyzed: row.totalTracksAnalyzed,
  total_plays_analyzed: row.totalPlaysAnalyzed ?? null,
  top_artists: row.topArtists?.map((artist) => ({ ...artist, name: null })) ?? null,
  top_genres: row.topGenres,
  genre_coverage: row.genreCoverage,
  classifier_version: row.classifierVersion,
  created_at: row.computedAt.toISOString(),
});
