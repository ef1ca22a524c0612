import { consumers } from '@undertone/contracts/consumers';
import { type RebuildDefinition, runRebuild } from '@undertone/platform/projections/rebuild-command';
import { database } from '../mikro-orm.config.js';
import { ExportedArtist } from './artists/exported-artist.entity.js';
import { ListeningState } from './listening-log/listening.entity.js';
import { ImportReport } from './plays/import-report.entity.js';
import { ListenThreshold } from './plays/listen-threshold.entity.js';
import { Play } from './plays/play.entity.js';
import { PossibleGap } from './plays/possible-gap.entity.js';
import { UnusedTelling } from './plays/unused-telling.entity.js';
import { ListeningSnapshot } from './shown-snapshots/listening-snapshot.entity.js';
import { ExportedTrack } from './tracks/exported-track.entity.js';

/** Tracks and audio features are no read models: what a provider said is kept, and in no event. */
export const rebuildable: RebuildDefinition = {
  service: 'ingestion',
  database,
  projections: {
    plays: {
      consumer: consumers.plays,
      tables: [
        ListeningState,
        Play,
        UnusedTelling,
        ListenThreshold,
        PossibleGap,
        ImportReport,
        ExportedTrack,
        ExportedArtist,
      ],
    },
    'listening-snapshots': { consumer: consumers.listeningSnapshots, tables: [ListeningSnapshot] },
  },
};

if (import.meta.main) await runRebuild(rebuildable);
