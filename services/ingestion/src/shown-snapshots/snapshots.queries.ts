import { type FilterQuery, type InferEntity, MikroORM } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { owns, type Principal } from '@undertone/contracts/access/principal';
import { listeningEpoch, snapshotsField, snapshotsGroup } from '@undertone/contracts/listening/cache-keys';
import {
  compareSnapshots as compareQuestion,
  type SnapshotComparison,
} from '@undertone/contracts/listening/comparison';
import {
  getSnapshot,
  listSnapshots,
  newestSnapshots,
  type SnapshotQuery,
  snapshotPage,
} from '@undertone/contracts/listening/rpc';
import type { Snapshot, TimeRange } from '@undertone/contracts/listening/snapshot';
import { ReadCache } from '@undertone/platform/cache/read-cache';
import { Answers, asked, Caller } from '@undertone/platform/nest/answers';
import { sequenceKey } from '@undertone/platform/rpc/cursor-keys';
import { KeysetCursor } from '@undertone/platform/rpc/keyset-cursor';
import type { Page } from '@undertone/platform/rpc/page';
import { ArtistCatalogue } from '../artists/artist-catalogue.js';
import { compareSnapshots } from './compare-snapshots.js';
import { ListeningSnapshot } from './listening-snapshot.entity.js';

/** Short: a drop is lost when the projection dies between its commit and the drop. */
const CACHE_SECONDS = 30;

type Row = InferEntity<typeof ListeningSnapshot>;

/** The sequence of a page's last snapshot. */
const allCursors = new KeysetCursor('snapshots', sequenceKey);

@Controller()
export class SnapshotQueries {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(ReadCache) private readonly cache: ReadCache,
    @Inject(ArtistCatalogue) private readonly artists: ArtistCatalogue,
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
      listeningEpoch,
    );
  }

  @Answers(getSnapshot)
  async get(
    @Payload(asked(getSnapshot)) question: { snapshot_id: string },
    @Caller() caller: Principal,
  ): Promise<{ snapshot: Snapshot | null }> {
    const row = await this.orm.em.fork().findOne(ListeningSnapshot, { id: question.snapshot_id });
    if (!row || !owns(caller, row.userId)) return { snapshot: null };
    return { snapshot: shown(row, await this.namesIn(row.userId, [row])) };
  }

  @Answers(compareQuestion)
  async compare(
    @Payload(asked(compareQuestion)) { a, b }: { a: string; b: string },
    @Caller() caller: Principal,
  ): Promise<{ comparison: SnapshotComparison | null }> {
    const rows = await this.orm.em.fork().find(ListeningSnapshot, { id: { $in: [a, b] } });
    const [from, to] = [a, b].map((id) => rows.find((row) => row.id === id));
    if (!from || !to || from.userId !== to.userId) return { comparison: null };
    if (!owns(caller, from.userId)) return { comparison: null };
    const names = await this.namesIn(from.userId, [from, to]);
    return { comparison: compareSnapshots(shown(from, names), shown(to, names)) };
  }

  @Answers(newestSnapshots)
  async newest(
    @Payload(asked(newestSnapshots))
    { user_ids, time_range, since }: { user_ids: string[]; time_range: TimeRange; since: string },
  ): Promise<{ newest: { user_id: string; snapshot_id: string }[] }> {
    const rows = await this.orm.em.fork().find(
      ListeningSnapshot,
      {
        userId: { $in: user_ids },
        timeRange: time_range,
        snapshotDate: { $gte: since },
        superseded: false,
      },
      { orderBy: { snapshotDate: 'asc' }, fields: ['userId'], disableIdentityMap: true },
    );
    const newest = new Map(rows.map(({ userId, id }) => [userId, id]));
    return { newest: [...newest].map(([user_id, snapshot_id]) => ({ user_id, snapshot_id })) };
  }

  private async load(query: SnapshotQuery): Promise<Page<Snapshot>> {
    const cursors = allCursors.for(query);
    const where: FilterQuery<Row> = { userId: query.user_id, superseded: false };
    if (query.time_range) where.timeRange = query.time_range;
    const date = { ...(query.from && { $gte: query.from }), ...(query.to && { $lte: query.to }) };
    if (query.from || query.to) where.snapshotDate = date;
    if (query.cursor !== undefined) where.sequence = { $lt: cursors.read(query.cursor) };
    const rows = await this.orm.em
      .fork()
      .find(ListeningSnapshot, where, { orderBy: { sequence: 'desc' }, limit: query.limit + 1 });
    const names = await this.namesIn(query.user_id, rows);
    const items = rows.slice(0, query.limit).map((row) => shown(row, names));
    return cursors.page(rows, items, ({ sequence }) => sequence);
  }

  private namesIn(userId: string, rows: readonly Row[]): Promise<ReadonlyMap<string, string>> {
    const ids = rows.flatMap(({ topArtists }) => topArtists?.map(({ artist_id }) => artist_id) ?? []);
    return this.artists.namesFor(userId, [...new Set(ids)]);
  }
}

const shown = (row: Row, names: ReadonlyMap<string, string>): Snapshot => ({
  id: row.id,
  user_id: row.userId,
  source: row.source,
  snapshot_date: row.snapshotDate,
  time_range: row.timeRange,
  period: row.period ?? null,
  ...(row.firstPlayedAt && { first_played_at: row.firstPlayedAt.toISOString() }),
  weighting: row.weighting,
  audio_features: row.audioFeatures,
  mood_patterns: row.moodPatterns,
  mood_diversity_score: row.moodDiversityScore ?? null,
  total_tracks_analyzed: row.totalTracksAnalyzed,
  total_plays_analyzed: row.totalPlaysAnalyzed ?? null,
  top_artists:
    row.topArtists?.map((artist) => ({ ...artist, name: names.get(artist.artist_id) ?? null })) ?? null,
  top_genres: row.topGenres,
  genre_coverage: row.genreCoverage,
  classifier_version: row.classifierVersion,
  created_at: row.computedAt.toISOString(),
});
