import { defineEntity, p } from '@mikro-orm/core';
import type {
  AudioFeaturesSummary,
  ListeningSource,
  MoodPatterns,
  Period,
  TimeRange,
  TopArtist,
  TopGenre,
  Weighting,
} from '@undertone/contracts/listening/snapshot';

/**
 * Read model: snapshots. The current one of a person, day and range is in lists; one that it replaced stays
 * readable by its id, because insights were written from it.
 */
export const ListeningSnapshot = defineEntity({
  name: 'ListeningSnapshot',
  tableName: 'listening_snapshot',
  uniques: [
    {
      name: 'listening_snapshot_current',
      properties: ['userId', 'snapshotDate', 'timeRange'],
      where: 'superseded = false',
    },
  ],
  indexes: [{ name: 'listening_snapshot_sequence', properties: ['userId', 'sequence'] }],
  properties: {
    id: p.uuid().primary(),
    userId: p.uuid(),
    snapshotDate: p.date(),
    timeRange: p.string().$type<TimeRange>(),
    source: p.string().$type<ListeningSource>(),
    period: p.json<Period>().nullable(),
    firstPlayedAt: p.datetime().nullable(),
    weighting: p.string().$type<Weighting>(),
    audioFeatures: p.json<AudioFeaturesSummary>(),
    moodPatterns: p.json<MoodPatterns>(),
    moodDiversityScore: p.float().columnType('double precision').nullable(),
    totalTracksAnalyzed: p.integer(),
    totalPlaysAnalyzed: p.integer().nullable(),
    topArtists: p.json<TopArtist[]>().nullable(),
    topGenres: p.json<TopGenre[]>(),
    genreCoverage: p.float().columnType('double precision'),
    classifierVersion: p.string(),
    computedAt: p.datetime(),
    /** Of its event in the log. */
    sequence: p.bigint('number'),
    superseded: p.boolean(),
  },
});
