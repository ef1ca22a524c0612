import type { EntityManager, InferEntity } from '@mikro-orm/postgresql';
import { Controller, Inject } from '@nestjs/common';
import { consumers } from '@undertone/contracts/consumers';
import { listeningEpoch, playsGroup, snapshotsGroup } from '@undertone/contracts/listening/cache-keys';
import {
  isOfTheFuture,
  SnapshotComputed,
  type SnapshotComputedData,
} from '@undertone/contracts/listening/snapshot-computed';
import {
  SnapshotsWithdrawn,
  type SnapshotsWithdrawnData,
} from '@undertone/contracts/listening/snapshots-withdrawn';
import { ReadCache } from '@undertone/platform/cache/read-cache';
import { writeRows } from '@undertone/platform/database/write-rows';
import { type ProjectionBatch, Projects } from '@undertone/platform/nest/jetstream-handlers';
import type { AfterCommit } from '@undertone/platform/projections/projection';
import { ListeningSnapshot } from './listening-snapshot.entity.js';

/** Keeps `listening_snapshot` from what was computed; a later snapshot of a day and range replaces the one before. */
@Controller()
export class ListeningSnapshotsProjection {
  constructor(@Inject(ReadCache) private readonly cache: ReadCache) {}

  @Projects(consumers.listeningSnapshots, { version: 3, epochs: [listeningEpoch] })
  async apply({ events, em }: ProjectionBatch): Promise<AfterCommit> {
    const rows = new Map<string, Row>();
    const current = new Map<string, Row>();
    const withdrawn: SnapshotsWithdrawnData[] = [];
    for (const event of events) {
      const gone = SnapshotsWithdrawn.read(event);
      if (gone) withdrawn.push(gone);
      const computed = SnapshotComputed.read(event);
      if (!computed) continue;
      const row = rowOf(computed, event.sequence);
      rows.set(row.id, row);
      if (row.superseded) continue;
      const place = `${row.userId} ${row.snapshotDate} ${row.timeRange}`;
      const before = current.get(place);
      if (before) before.superseded = true;
      current.set(place, row);
    }
    await supersede(em, [...current.values()]);
    await writeRows(em, ListeningSnapshot, [...rows.values()], 'fail');
    await withdraw(em, withdrawn);
    const users = new Set([...rows.values()].map(({ userId }) => userId));
    for (const { user_id } of withdrawn) users.add(user_id);
    return () => {
      for (const userId of users) {
        this.cache.drop(snapshotsGroup(userId));
        // A snapshot follows a look-up of features, which trends show, too.
        this.cache.drop(playsGroup(userId));
      }
    };
  }
}

type Row = Omit<InferEntity<typeof ListeningSnapshot>, 'superseded'> & { superseded: boolean };

const rowOf = (computed: SnapshotComputedData, sequence: number): Row => ({
  id: computed.snapshot_id,
  userId: computed.user_id,
  snapshotDate: computed.snapshot_date,
  timeRange: computed.time_range,
  source: computed.source,
  period: computed.period,
  firstPlayedAt: computed.first_played_at ? new Date(computed.first_played_at) : null,
  weighting: computed.weighting,
  audioFeatures: computed.audio_features,
  moodPatterns: computed.mood_patterns,
  moodDiversityScore: computed.mood_diversity_score,
  totalTracksAnalyzed: computed.total_tracks_analyzed,
  totalPlaysAnalyzed: computed.total_plays_analyzed,
  topArtists: computed.top_artists,
  topGenres: computed.top_genres,
  genreCoverage: computed.genre_coverage,
  classifierVersion: computed.classifier_version,
  computedAt: new Date(computed.computed_at),
  sequence,
  // Of a day to come: it stays readable by its id, as every replaced one, and is never the newest.
  superseded: isOfTheFuture(computed),
});

/** They stay readable by their ids, as every replaced one. */
async function withdraw(em: EntityManager, withdrawn: readonly SnapshotsWithdrawnData[]): Promise<void> {
  for (const { user_id: userId, snapshot_ids: ids } of withdrawn) {
    await em.nativeUpdate(ListeningSnapshot, { userId, id: { $in: ids } }, { superseded: true });
  }
}

/** What was current at these places is replaced. */
async function supersede(em: EntityManager, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return;
  const places = rows.map(({ userId, snapshotDate, timeRange }) => ({
    user_id: userId,
    snapshot_date: snapshotDate,
    time_range: timeRange,
  }));
  await em.execute(
    // One look at the index a place: of a table that is just being built the planner knows nothing, and would read it whole.
    `update listening_snapshot set superseded = true where id in (
       select there.id
         from jsonb_to_recordset(?::jsonb) as place(user_id uuid, snapshot_date date, time_range text)
        cross join lateral (
          select id from listening_snapshot as s
           where not s.superseded and s.user_id = place.user_id and s.snapshot_date = place.snapshot_date
             and s.time_range = place.time_range
           limit 1) as there)`,
    [JSON.stringify(places)],
  );
}
