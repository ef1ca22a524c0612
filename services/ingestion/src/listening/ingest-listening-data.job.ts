import { createHash } from 'node:crypto';
import { Controller, Inject } from '@nestjs/common';
import { consumers } from '@undertone/contracts/consumers';
import { ingestListeningData } from '@undertone/contracts/jobs/ingest-listening-data';
import type { ListeningIngestedData } from '@undertone/contracts/listening/listening-ingested';
import type { TimeRange } from '@undertone/contracts/listening/snapshot';
import { accessToken } from '@undertone/contracts/token/rpc';
import { PermanentJobError, TransientJobError } from '@undertone/platform/jobs/job-errors';
import type { JobContext } from '@undertone/platform/jobs/job-handler';
import { HandlesJob } from '@undertone/platform/nest/jetstream-handlers';
import { SETTINGS } from '@undertone/platform/nest/tokens';
import { ProjectionProgress } from '@undertone/platform/projections/projection-progress';
import { Refused, RpcClient } from '@undertone/platform/rpc/rpc-client';
import { FeatureLibrary } from '../audio-features/feature-library.js';
import type { IngestionSettings } from '../settings.js';
import { computeSnapshot } from '../snapshots/compute-snapshot.js';
import { SpotifyClient } from '../spotify/spotify-client.js';
import { TrackCatalogue } from '../tracks/track-catalogue.js';
import { ListeningLog } from './listening-log.js';

type Job = JobContext<{ user_id: string; time_range: TimeRange }>;

/**
 * Fetches a person's listening and computes the day's snapshot, in two facts: what was fetched, and what follows
 * from it. A job that is interrupted between the two goes on from the first.
 */
@Controller()
export class IngestListeningDataJob {
  constructor(
    @Inject(SpotifyClient) private readonly spotify: SpotifyClient,
    @Inject(TrackCatalogue) private readonly catalogue: TrackCatalogue,
    @Inject(FeatureLibrary) private readonly features: FeatureLibrary,
    @Inject(ListeningLog) private readonly log: ListeningLog,
    @Inject(ProjectionProgress) private readonly progress: ProjectionProgress,
    @Inject(RpcClient) private readonly rpc: RpcClient,
    @Inject(SETTINGS) private readonly settings: IngestionSettings,
  ) {}

  @HandlesJob(ingestListeningData)
  async ingest(job: Job): Promise<{ snapshot_id: string }> {
    const token = await this.token(job.userId);
    try {
      return await this.ingestWith(token, job);
    } catch (error) {
      if (!isRefusedToken(error)) throw error;
      // It may have been withdrawn before its time: told so, the token service gets another one.
      const rejected = createHash('sha256').update(token).digest('hex');
      return this.ingestWith(await this.token(job.userId, rejected), job);
    }
  }

  private async ingestWith(token: string, job: Job): Promise<{ snapshot_id: string }> {
    const ingested = (await this.log.ingested(job)) ?? (await this.fetch(job, token));

    job.progress({ percent: 60, message: 'looking up audio features' });
    const features = await this.features.lookUp(ingested.top_tracks, { token, signal: job.signal });

    const computedAt = new Date();
    const snapshot = {
      snapshot_id: ListeningLog.snapshotId(job),
      user_id: job.userId,
      ...computeSnapshot(ingested, features, this.features.source),
      basis_event_id: ListeningLog.ingestId(job),
      computed_at: computedAt.toISOString(),
    };
    const { sequence } = await this.log.recordSnapshot(job, snapshot, computedAt);
    job.progress({ percent: 90, message: 'snapshot computed' });
    await this.progress.reached(consumers.listeningSnapshots, sequence, job.signal);
    return { snapshot_id: snapshot.snapshot_id };
  }

  private async fetch(job: Job, token: string): Promise<ListeningIngestedData> {
    const { time_range } = job.payload;
    job.progress({ percent: 10, message: 'fetching top tracks' });
    const tracks = await this.spotify.topTracks(time_range, token, job.signal);
    job.progress({ percent: 30, message: 'fetching top artists' });
    const artists = await this.spotify.topArtists(time_range, token, job.signal);
    job.progress({ percent: 45, message: 'fetching recent plays' });
    const recent = await this.spotify.recentlyPlayed(token, job.signal);

    const fetchedAt = new Date();
    await this.catalogue.keep([...tracks, ...recent.map(({ track }) => track)], fetchedAt);
    const ingested: ListeningIngestedData = {
      user_id: job.userId,
      time_range,
      source: this.settings.SPOTIFY_MODE,
      fetched_at: fetchedAt.toISOString(),
      top_tracks: [...new Set(tracks.map(({ id }) => id))],
      top_artists: [...new Set(artists.map(({ id }) => id))],
      plays: recent.map(({ track, played_at }) => ({
        track_id: track.id,
        played_at: new Date(played_at).toISOString(),
      })),
    };
    await this.log.recordIngested(job, ingested, fetchedAt);
    return ingested;
  }

  private async token(userId: string, rejected?: string): Promise<string> {
    try {
      const question = { user_id: userId, rejected_token_hash: rejected };
      return (await this.rpc.ask(accessToken, question)).access_token;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.status >= 500) throw new TransientJobError(error.code, error.message);
      throw new PermanentJobError(error.code, error.message);
    }
  }
}

const isRefusedToken = (error: unknown): boolean =>
  error instanceof TransientJobError && error.code === 'PROVIDER_UNAUTHORIZED';
