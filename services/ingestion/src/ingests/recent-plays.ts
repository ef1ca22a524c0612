import { Inject, Injectable } from '@nestjs/common';
import { trackMs } from '@undertone/contracts/listening/plays-fetched';
import type { LoadedState } from '@undertone/platform/event-store/decide-and-append';
import type { JobContext } from '@undertone/platform/jobs/job-handler';
import { SETTINGS } from '@undertone/platform/nest/tokens';
import { CLOCK, type Clock } from '../clock.js';
import type { Listening } from '../listening-log/listening.js';
import { ListeningLog } from '../listening-log/listening-log.js';
import type { IngestionSettings } from '../settings.js';
import type { AccessToken } from '../spotify/access-token.js';
import { SpotifyClient } from '../spotify/spotify-client.js';
import { TrackCatalogue } from '../tracks/track-catalogue.js';
import { playsFreshAfter } from './freshness.js';

/** What a person played last, from Spotify into the log. */
@Injectable()
export class RecentPlays {
  constructor(
    @Inject(SpotifyClient) private readonly spotify: SpotifyClient,
    @Inject(TrackCatalogue) private readonly catalogue: TrackCatalogue,
    @Inject(ListeningLog) private readonly log: ListeningLog,
    @Inject(SETTINGS) private readonly settings: IngestionSettings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Fetches the last plays unless that was done a short while ago.
   *
   * Always the whole page, without Spotify's `after`: it costs the same call, and a device that was offline tells of plays
   * that are older than the newest we know.
   * @returns what is known after it.
   */
  async bringUpToDate(
    job: JobContext,
    token: AccessToken,
    known: LoadedState<Listening>,
  ): Promise<LoadedState<Listening>> {
    const freshAfter = playsFreshAfter(this.settings, this.clock());
    const { recent } = known.state;
    if (recent && recent.fetched_at > freshAfter) return known;

    job.progress({ percent: 10, message: 'fetching recent plays' });
    const { plays, full } = await token.use((value) => this.spotify.recentlyPlayed(value, job.signal));
    const fetchedAt = this.clock();
    await this.catalogue.keep(
      plays.map(({ track }) => track),
      fetchedAt,
    );
    await job.confirm();
    return this.log.decide(
      job.userId,
      {
        type: 'keep plays',
        jobId: job.jobId,
        freshAfter,
        full,
        data: {
          user_id: job.userId,
          source: this.settings.SPOTIFY_MODE,
          fetched_at: fetchedAt.toISOString(),
          plays: plays.map(({ track, played_at }) => ({
            track_id: track.id,
            played_at: new Date(played_at).toISOString(),
            track_ms: trackMs.safeParse(track.duration_ms).data,
          })),
        },
      },
      known,
    );
  }
}
