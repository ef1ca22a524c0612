import { Controller, Inject } from '@nestjs/common';
import { consumers } from '@undertone/contracts/consumers';
import { playsGroup, snapshotsGroup } from '@undertone/contracts/listening/cache-keys';
import { SnapshotComputed } from '@undertone/contracts/listening/snapshot-computed';
import { ReadCache } from '@undertone/platform/cache/read-cache';
import { type ProjectionBatch, Projects } from '@undertone/platform/nest/jetstream-handlers';
import type { AfterCommit } from '@undertone/platform/projections/projection-runner';
import { ListeningSnapshot } from './listening-snapshot.entity.js';

/** Keeps `listening_snapshot` from what was computed; a later snapshot of a day and range replaces the one before. */
@Controller()
export class ListeningSnapshotsProjection {
  constructor(@Inject(ReadCache) private readonly cache: ReadCache) {}

  @Projects(consumers.listeningSnapshots)
  async apply({ events, em }: ProjectionBatch): Promise<AfterCommit> {
    const users = new Set<string>();
    for (const event of events) {
      const computed = SnapshotComputed.read(event);
      if (!computed) continue;
      users.add(computed.user_id);
      const { user_id: userId, snapshot_date: snapshotDate, time_range: timeRange } = computed;
      await em.nativeUpdate(
        ListeningSnapshot,
        { userId, snapshotDate, timeRange, superseded: false },
        { superseded: true },
      );
      await em.insert(ListeningSnapshot, {
        id: computed.snapshot_id,
        userId,
        snapshotDate,
        timeRange,
        source: computed.source,
        period: computed.period,
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
        sequence: event.sequence,
        superseded: false,
      });
    }
    return () => {
      for (const userId of users) {
        this.cache.drop(snapshotsGroup(userId));
        // A snapshot follows a look-up of features, which trends show, too.
        this.cache.drop(playsGroup(userId));
      }
    };
  }
}
