import { MikroORM } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import type { ListeningIngestedData } from '@undertone/contracts/listening/listening-ingested';
import type { TimeRange } from '@undertone/contracts/listening/snapshot';
import type { LoadedState } from '@undertone/platform/event-store/decide-and-append';
import type { JobContext } from '@undertone/platform/jobs/job-handler';
import { SETTINGS } from '@undertone/platform/nest/tokens';
import { ArtistCatalogue } from '../artists/artist-catalogue.js';
import { CLOCK, type Clock } from '../clock.js';
import { type KnownLists, type Listening, usable } from '../listening-log/listening.js';
import { ListeningLog } from '../listening-log/listening-log.js';
import type { IngestionSettings } from '../settings.js';
import type { AccessToken } from '../spotify/access-token.js';
import { SpotifyClient, type TopList } from '../spotify/spotify-client.js';
import { TrackCatalogue } from '../tracks/track-catalogue.js';
import { listsFreshAfter } from './freshness.js';
import { KeptList, type ListKind } from './kept-list.entity.js';

type Job = JobContext<{ time_range: TimeRange }>;

/** A person's top lists, from Spotify into the log. */
@Injectable()
export class TopLists {
  constructor(
    @Inject(MikroORM) private readonly orm: MikroORM,
    @Inject(SpotifyClient) private readonly spotify: SpotifyClient,
    @Inject(TrackCatalogue) private readonly tracks: TrackCatalogue,
    @Inject(ArtistCatalogue) private readonly artists: ArtistCatalogue,
    @Inject(ListeningLog) private readonly log: ListeningLog,
    @Inject(SETTINGS) private readonly settings: IngestionSettings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Fetches the lists of a range unless those in the log are fresh. @returns where in the log they are. */
  async upToDate(job: Job, token: AccessToken, known: LoadedState<Listening>): Promise<KnownLists> {
    const { time_range: range } = job.payload;
    const freshAfter = listsFreshAfter(this.settings, range, this.clock());
    const inLog = known.state.lists[range];
    if (usable(inLog, { freshAfter, jobId: job.jobId })) return inLog;

    const data = await this.fetch(job, token, freshAfter);
    const command = { type: 'keep lists', jobId: job.jobId, freshAfter, data } as const;
    await job.confirm();
    const lists = (await this.log.decide(job.userId, command, known)).state.lists[range];
    if (!lists) throw new Error('the lists were kept and are not known');
    return lists;
  }

  /** Leaves nothing of what an earlier try fetched. */
  async forget(userId: string): Promise<void> {
    await this.orm.em.fork().nativeDelete(KeptList, { userId });
  }

  private async fetch(job: Job, token: AccessToken, freshAfter: string): Promise<ListeningIngestedData> {
    const { time_range } = job.payload;
    // Both lists are one fact: whoever has a call for one has it for the other.
    await this.spotify.reserve(2);
    job.progress({ percent: 25, message: 'fetching top tracks' });
    const tracks = await this.list('tracks', job, freshAfter, async (etag) => {
      const found = await token.use((value) => this.spotify.topTracks(time_range, etag, value, job.signal));
      if (found) await this.tracks.keep(found.items, this.clock());
      return found;
    });
    job.progress({ percent: 45, message: 'fetching top artists' });
    const artists = await this.list('artists', job, freshAfter, async (etag) => {
      const found = await token.use((value) => this.spotify.topArtists(time_range, etag, value, job.signal));
      if (found) await this.artists.keep(found.items, this.clock());
      return found;
    });
    return {
      user_id: job.userId,
      time_range,
      source: this.settings.SPOTIFY_MODE,
      // Of the older one: for so long the two together may count as fresh.
      fetched_at: new Date(Math.min(+tracks.fetchedAt, +artists.fetchedAt)).toISOString(),
      top_tracks: tracks.ids,
      top_artists: artists.ids,
      plays: [],
    };
  }

  /** One list: fetched, unless an earlier try that did not get the other one left it here. */
  private async list(
    kind: ListKind,
    { userId, payload: { time_range: timeRange } }: Job,
    freshAfter: string,
    fetch: (etag: string | null) => Promise<TopList<{ id: string }> | undefined>,
  ): Promise<{ ids: string[]; fetchedAt: Date }> {
    const em = this.orm.em.fork();
    const kept = await em.findOne(KeptList, { userId, timeRange, kind });
    if (kept && kept.fetchedAt.toISOString() > freshAfter) return kept;
    const found = await fetch(kept?.etag ?? null);
    const { ids, etag } = found
      ? { ids: [...new Set(found.items.map(({ id }) => id))], etag: found.etag }
      : unchanged(kept);
    const list = { ids, etag, fetchedAt: this.clock() };
    await em.upsert(KeptList, { userId, timeRange, kind, ...list });
    return list;
  }
}

function unchanged<T>(kept: T | null): T {
  if (kept === null) throw new Error('a list that nobody had is unchanged');
  return kept;
}
