import { Module } from '@nestjs/common';
import { listeningAggregate } from '@undertone/contracts/subjects';
import { erasureController } from '@undertone/platform/nest/erasure.controller';
import { exportController } from '@undertone/platform/nest/export.controller';
import { ArtistCatalogue } from './artists/artist-catalogue.js';
import { FeatureLibrary } from './audio-features/feature-library.js';
import { ErasePersonCommands } from './erasure/erase-person.commands.js';
import { ComputeExportSnapshotsJob } from './export-snapshots/compute-export-snapshots.job.js';
import { ExportSnapshots } from './export-snapshots/export-snapshots.js';
import { configuredProvider } from './feature-providers/configured-provider.js';
import { HistoryQueries } from './history/history.queries.js';
import { TopQueries } from './history/top.queries.js';
import { TrendsQueries } from './history/trends.queries.js';
import { ImportHistoryJob } from './imports/import-history.job.js';
import { ImportLog } from './imports/import-log.js';
import { ImportQueries } from './imports/imports.queries.js';
import { TakeBackImportJob } from './imports/take-back-import.job.js';
import { UnusedObjects } from './imports/unused-objects.js';
import { IngestListeningDataJob } from './ingests/ingest-listening-data.job.js';
import { RecentPlays } from './ingests/recent-plays.js';
import { TopLists } from './ingests/top-lists.js';
import { ListeningLog } from './listening-log/listening-log.js';
import { configuredClassifier } from './moods/configured-classifier.js';
import { exportParts } from './personal-export/export-parts.js';
import { PlaysProjection } from './plays/plays.projection.js';
import { ToldPlays } from './plays/told-plays.js';
import { providerGates } from './provider-calls/provider-gates.js';
import { ProviderPauses } from './provider-calls/provider-pauses.js';
import { RemoveProviderDataJob } from './provider-data/remove-provider-data.job.js';
import { ListeningSnapshotsProjection } from './shown-snapshots/listening-snapshots.projection.js';
import { SnapshotQueries } from './shown-snapshots/snapshots.queries.js';
import { SpotifyClient } from './spotify/spotify-client.js';
import { ChooseListenThresholdJob } from './thresholds/choose-listen-threshold.job.js';
import { ListenThresholdQueries } from './thresholds/listen-threshold.queries.js';
import { TrackCatalogue } from './tracks/track-catalogue.js';

@Module({
  providers: [
    ProviderPauses,
    ...providerGates,
    SpotifyClient,
    TrackCatalogue,
    ArtistCatalogue,
    FeatureLibrary,
    configuredProvider,
    configuredClassifier,
    ExportSnapshots,
    ListeningLog,
    RecentPlays,
    TopLists,
    ToldPlays,
    ImportLog,
    UnusedObjects,
    exportParts,
  ],
  controllers: [
    IngestListeningDataJob,
    ImportHistoryJob,
    ComputeExportSnapshotsJob,
    PlaysProjection,
    ListeningSnapshotsProjection,
    SnapshotQueries,
    HistoryQueries,
    TrendsQueries,
    TopQueries,
    ImportQueries,
    TakeBackImportJob,
    RemoveProviderDataJob,
    ChooseListenThresholdJob,
    ListenThresholdQueries,
    ErasePersonCommands,
    erasureController('ingestion', listeningAggregate),
    exportController('ingestion'),
  ],
})
export class IngestionModule {}
