import { Inject, Injectable } from '@nestjs/common';
import type { ListeningIngestedData } from '@undertone/contracts/listening/listening-ingested';
import type { TimeRange } from '@undertone/contracts/listening/snapshot';
import type { LoadedState } from '@undertone/platform/event-store/decide-and-append';
import { newId } from '@undertone/platform/ids/ids';
import type { JobContext } from '@undertone/platform/jobs/job-handler';
import { SETTINGS } from '@undertone/platform/nest/tokens';
import { CLOCK, type Clock } from '../clock.js';
import type { IngestionSettings } from '../settings.js';
import { SpotifyClient } from '../spotify/spotify-client.js';
import { TrackCatalogue } from '../tracks/track-catalogue.js';
import type { AccessToken } from './access-token.js';
import { listsFreshAfter } from './freshness.js';
import { type KnownLists, type Listening, usable } from './listening.js';
import { ListeningLog } from './listening-log.js';

/** A person's top lists, from Spotify into the log. */
@Injectable()
export class FetchedLists {
  constructor(
    @Inject(SpotifyClient) private readonly spotify: SpotifyClient,
    @Inject(TrackCatalogue) private readonly catalogue: TrackCatalogue,
    @Inject(ListeningLog) private readonly log: ListeningLog,
    @Inject(SETTINGS) private readonly settings: IngestionSettings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Fetches the lists of a range unless those in the log are fresh. @returns where in the log they are. */
  async upToDate(
    job: JobContext<{ time_range: TimeRange }>,
    token: AccessToken,
    known: LoadedState<Listening>,
  ): Promise<KnownLists> {
    const { time_range: range } = job.payload;
    const freshAfter = listsFreshAfter(this.settings, range, this.clock());
    const inLog = known.state.lists[range];
    if (usable(inLog, { freshAfter, jobId: job.jobId })) return inLog;

    const data = await this.fetch(job, token);
    const command = { kind: 'keep-lists', eventId: newId(), jobId: job.jobId, freshAfter, data } as const;
    const lists = (await this.log.decide(job.userId, command, known)).state.lists[range];
    if (!lists) throw new Error('the lists were kept and are not known');
    return lists;
  }

  private async fetch(
    job: JobContext<{ time_range: TimeRange }>,
    token: AccessToken,
  ): Promise<ListeningIngestedData> {
    const { time_range } = job.payload;
    // Both lists are one fact, so a job that got one of them only would have to ask for it again.
    await this.spotify.reserve(2);
    job.progress({ percent: 25, message: 'fetching top tracks' });
    const tracks = await token.use((value) => this.spotify.topTracks(time_range, value, job.signal));
    job.progress({ percent: 45, message: 'fetching top artists' });
    const artists = await token.use((value) => this.spotify.topArtists(time_range, value, job.signal));
    const fetchedAt = this.clock();
    await this.catalogue.keep(tracks, fetchedAt);
    return {
      user_id: job.userId,
      time_range,
      source: this.settings.SPOTIFY_MODE,
      fetched_at: fetchedAt.toISOString(),
      top_tracks: [...new Set(tracks.map(({ id }) => id))],
      top_artists: [...new Set(artists.map(({ id }) => id))],
      plays: [],
    };
  }
}
