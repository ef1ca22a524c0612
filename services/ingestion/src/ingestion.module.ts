import { Module } from '@nestjs/common';
import { configuredProvider } from './audio-features/configured-provider.js';
import { FeatureLibrary } from './audio-features/feature-library.js';
import { IngestListeningDataJob } from './listening/ingest-listening-data.job.js';
import { ListeningLog } from './listening/listening-log.js';
import { PlaysProjection } from './listening/plays.projection.js';
import { ListeningSnapshotsProjection } from './snapshots/listening-snapshots.projection.js';
import { SnapshotQueries } from './snapshots/snapshots.queries.js';
import { SpotifyClient } from './spotify/spotify-client.js';
import { TrackCatalogue } from './tracks/track-catalogue.js';

@Module({
  providers: [SpotifyClient, TrackCatalogue, FeatureLibrary, configuredProvider, ListeningLog],
  controllers: [IngestListeningDataJob, PlaysProjection, ListeningSnapshotsProjection, SnapshotQueries],
})
export class IngestionModule {}
