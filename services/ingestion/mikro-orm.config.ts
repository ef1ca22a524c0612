import type { DatabaseDefinition } from '@undertone/platform/database/open-database';
import { ProjectionCheckpoint } from '@undertone/platform/projections/projection-checkpoint.entity';
import { Migration001Listening } from './migrations/001-listening.js';
import { Migration002Imports } from './migrations/002-imports.js';
import { Migration003SnapshotsOfPlays } from './migrations/003-snapshots-of-plays.js';
import { Migration004FreshListening } from './migrations/004-fresh-listening.js';
import { Migration005Minutes } from './migrations/005-minutes.js';
import { Migration006History } from './migrations/006-history.js';
import { Migration007ProviderPauses } from './migrations/007-provider-pauses.js';
import { Migration008PlaysByEvent } from './migrations/008-plays-by-event.js';
import { Migration009KeptLists } from './migrations/009-kept-lists.js';
import { Migration010ArtistsAndUnknownFeatures } from './migrations/010-artists-and-unknown-features.js';
import { Migration011TaggedLists } from './migrations/011-tagged-lists.js';
import { Migration012PlaysByMinute } from './migrations/012-plays-by-minute.js';
import { Migration013PossibleGaps } from './migrations/013-possible-gaps.js';
import { Migration014ExportedNames } from './migrations/014-exported-names.js';
import { Migration015CheckpointLogs } from './migrations/015-checkpoint-logs.js';
import { Migration016BuiltFrom } from './migrations/016-built-from.js';
import { Migration017Streams } from './migrations/017-streams.js';
import { Migration018TrackLengths } from './migrations/018-track-lengths.js';
import { Migration019FirstPlays } from './migrations/019-first-plays.js';
import { Artist } from './src/artists/artist.entity.js';
import { ExportedArtist } from './src/artists/exported-artist.entity.js';
import { AudioFeatures } from './src/audio-features/audio-features.entity.js';
import { UnknownFeatures } from './src/audio-features/unknown-features.entity.js';
import { KeptList } from './src/ingests/kept-list.entity.js';
import { ListeningState } from './src/listening-log/listening.entity.js';
import { ImportReport } from './src/plays/import-report.entity.js';
import { ListenThreshold } from './src/plays/listen-threshold.entity.js';
import { Play } from './src/plays/play.entity.js';
import { PossibleGap } from './src/plays/possible-gap.entity.js';
import { UnusedTelling } from './src/plays/unused-telling.entity.js';
import { ProviderPause } from './src/provider-calls/provider-pause.entity.js';
import { ListeningSnapshot } from './src/shown-snapshots/listening-snapshot.entity.js';
import { ExportedTrack } from './src/tracks/exported-track.entity.js';
import { Track } from './src/tracks/track.entity.js';

export const database: DatabaseDefinition = {
  schema: 'ingestion',
  entities: [
    Track,
    Artist,
    ExportedTrack,
    ExportedArtist,
    AudioFeatures,
    UnknownFeatures,
    ListeningState,
    KeptList,
    Play,
    UnusedTelling,
    ListenThreshold,
    PossibleGap,
    ImportReport,
    ListeningSnapshot,
    ProviderPause,
    ProjectionCheckpoint,
  ],
  migrations: [
    { name: '001-listening', class: Migration001Listening },
    { name: '002-imports', class: Migration002Imports },
    { name: '003-snapshots-of-plays', class: Migration003SnapshotsOfPlays },
    { name: '004-fresh-listening', class: Migration004FreshListening },
    { name: '005-minutes', class: Migration005Minutes },
    { name: '006-history', class: Migration006History },
    { name: '007-provider-pauses', class: Migration007ProviderPauses },
    { name: '008-plays-by-event', class: Migration008PlaysByEvent },
    { name: '009-kept-lists', class: Migration009KeptLists },
    { name: '010-artists-and-unknown-features', class: Migration010ArtistsAndUnknownFeatures },
    { name: '011-tagged-lists', class: Migration011TaggedLists },
    { name: '012-plays-by-minute', class: Migration012PlaysByMinute },
    { name: '013-possible-gaps', class: Migration013PossibleGaps },
    { name: '014-exported-names', class: Migration014ExportedNames },
    { name: '015-checkpoint-logs', class: Migration015CheckpointLogs },
    { name: '016-built-from', class: Migration016BuiltFrom },
    { name: '017-streams', class: Migration017Streams },
    { name: '018-track-lengths', class: Migration018TrackLengths },
    { name: '019-first-plays', class: Migration019FirstPlays },
  ],
};
