import { Controller, Inject } from '@nestjs/common';
import { consumers } from '@undertone/contracts/consumers';
import { ingestListeningData } from '@undertone/contracts/jobs/ingest-listening-data';
import type { TimeRange } from '@undertone/contracts/listening/snapshot';
import { SnapshotComputed } from '@undertone/contracts/listening/snapshot-computed';
import { derivedId } from '@undertone/platform/ids/ids';
import type { JobContext } from '@undertone/platform/jobs/job-handler';
import { HandlesJob } from '@undertone/platform/nest/jetstream-handlers';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import { RpcClient } from '@undertone/platform/rpc/rpc-client';
import type { z } from 'zod';
import { ArtistCatalogue } from '../artists/artist-catalogue.js';
import { FeatureLibrary } from '../audio-features/feature-library.js';
import { CLOCK, type Clock } from '../clock.js';
import { ExportSnapshots } from '../export-snapshots/export-snapshots.js';
import type { KnownLists } from '../listening-log/listening.js';
import { ListeningLog, ProviderDataGone } from '../listening-log/listening-log.js';
import { CLASSIFIER } from '../moods/configured-classifier.js';
import type { MoodClassifier } from '../moods/mood-classifier.js';
import { withCallsOf } from '../provider-calls/job-calls.js';
import { computeSnapshot } from '../snapshots/compute-snapshot.js';
import { listenedByLists } from '../snapshots/listened.js';
import { AccessToken, isNotLinked } from '../spotify/access-token.js';
import { RecentPlays } from './recent-plays.js';
import { TopLists } from './top-lists.js';

type Job = JobContext<{ user_id: string; time_range: TimeRange }>;
type Result = z.output<typeof ingestListeningData.result>;

/**
 * Sees to it that the log has a person's last plays, their lists of a range and the day's snapshot. Each of the three
 * is one fact that is only added where it is missing, so a job that is interrupted, asked for twice or repeated goes on from what
 * is there. Plays come first: Spotify forgets them.
 */
@Controller()
export class IngestListeningDataJob {
  constructor(
    @Inject(RecentPlays) private readonly plays: RecentPlays,
    @Inject(TopLists) private readonly lists: TopLists,
    @Inject(FeatureLibrary) private readonly features: FeatureLibrary,
    @Inject(ArtistCatalogue) private readonly artists: ArtistCatalogue,
    @Inject(ExportSnapshots) private readonly exports: ExportSnapshots,
    @Inject(ListeningLog) private readonly log: ListeningLog,
    @Inject(ProjectionProgress) private readonly progress: ProjectionProgress,
    @Inject(RpcClient) private readonly rpc: RpcClient,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CLASSIFIER) private readonly classifier: MoodClassifier,
  ) {}

  @HandlesJob(ingestListeningData)
  ingest(job: Job): Promise<Result> {
    return withCallsOf(job, async () => {
      try {
        return await this.bringUpToDate(job);
      } catch (error) {
        if (error instanceof ProviderDataGone) await this.lists.forget(job.userId);
        if (!isNotLinked(error)) throw error;
        const own = await this.fromExport(job);
        if (!own) throw error;
        return own;
      }
    });
  }

  private async bringUpToDate(job: Job): Promise<Result> {
    // What is fresh by rows that are ahead of the log did not happen.
    await this.progress.sequence(consumers.plays);
    const token = new AccessToken(this.rpc, job.userId, job.jobId);
    const known = await this.plays.bringUpToDate(job, token, await this.log.current(job.userId));
    const basis = await this.lists.upToDate(job, token, known);

    const computedAt = this.clock();
    const date = computedAt.toISOString().slice(0, 10);
    const snapshotId = this.snapshotId(basis, date);
    const result = { snapshot_id: snapshotId, fetched_at: basis.fetched_at };
    const inLog = await this.log.snapshot(snapshotId);
    if (inLog.at !== undefined) return { ...result, reused: true };

    const ingested = await this.log.ingested(basis, job.userId);
    job.progress({ percent: 60, message: 'looking up audio features' });
    const lookUp = (value: string | null) =>
      this.features.lookUp(ingested.top_tracks, { token: value, signal: job.signal });
    const { features, at } = await (this.features.needsToken ? token.use(lookUp) : lookUp(null));
    const genres = await this.artists.genresOf(ingested.top_artists);
    const snapshot = {
      snapshot_id: snapshotId,
      user_id: job.userId,
      ...computeSnapshot(
        listenedByLists(ingested, date),
        { features, featureSource: this.features.source, genres },
        this.classifier,
      ),
      basis_event_id: basis.event_id,
      features_at: at,
      computed_at: computedAt.toISOString(),
    };
    await job.confirm();
    const recorded = await this.log.recordSnapshot(job, snapshot, inLog, known.sequence);
    const { sequence, duplicate } = recorded;
    job.progress({ percent: 90, message: 'snapshot computed' });
    await this.progress.reached(consumers.listeningSnapshots, sequence, job.signal);
    return { ...result, reused: duplicate };
  }

  /** Who has linked no account may have given us their plays. */
  private async fromExport(job: Job): Promise<Result | undefined> {
    const { time_range } = job.payload;
    const lastDay = await this.exports.lastDay(job.userId);
    const done = lastDay && (await this.exports.compute(job, lastDay, [time_range])).get(time_range);
    if (!done) return undefined;
    return { snapshot_id: done.snapshot_id, reused: done.reused, fetched_at: done.told_at };
  }

  /** Derived from all that a snapshot follows from: the same question has the same answer, whoever asks it. */
  private snapshotId({ event_id }: KnownLists, date: string): string {
    const version = String(SnapshotComputed.version);
    return derivedId('snapshot', event_id, date, this.features.source, this.classifier.version, version);
  }
}
