import { Inject, Injectable } from '@nestjs/common';
import type { TimeRange } from '@undertone/contracts/listening/snapshot';
import { PermanentJobError } from '@undertone/platform/jobs/job-errors';
import { SETTINGS } from '@undertone/platform/nest/tokens';
import type { z } from 'zod';
import type { TrackFeatures } from '../audio-features/track-features.js';
import { getIfChanged, getJson, type ProviderRequest } from '../provider-calls/get-json.js';
import type { ProviderGate } from '../provider-calls/provider-gate.js';
import { SPOTIFY_GATE } from '../provider-calls/provider-gates.js';
import type { IngestionSettings } from '../settings.js';
import {
  pagingObject,
  recentlyPlayed,
  type SpotifyArtist,
  type SpotifyTrack,
  spotifyArtist,
  spotifyAudioFeatures,
  spotifyTrack,
} from './spotify-schemas.js';

/** The largest page Spotify gives. */
const PAGE_SIZE = 50;
/** More pages than any list of Spotify's has; an endless chain of pages ends here. */
const MAX_PAGES = 40;

/** What a person has to grant for each call (Spotify Web API's OpenAPI document, `security` of each path). */
const TOP_SCOPE = 'user-top-read';
const PLAYS_SCOPE = 'user-read-recently-played';

/** A whole list, and the tag by which Spotify knows it again, where it gave one. */
export interface TopList<T> {
  readonly items: readonly T[];
  readonly etag: string | null;
}

/** Spotify's Web API, as far as this service needs it. */
@Injectable()
export class SpotifyClient {
  private readonly api: URL;

  constructor(
    @Inject(SETTINGS) private readonly settings: IngestionSettings,
    @Inject(SPOTIFY_GATE) private readonly gate: Pick<ProviderGate, 'pass' | 'reserve'>,
  ) {
    this.api = new URL(settings.SPOTIFY_API_URL);
  }

  /**
   * Takes the calls that a piece of work needs before it begins; see `ProviderGate.reserve`.
   * @throws {PostponedJobError} when they cannot be made now.
   */
  reserve(calls: number): Promise<void> {
    return this.gate.reserve(calls);
  }

  /**
   * A person's top tracks of a range, most listened first.
   * @param etag of the list that is known; null: none is.
   * @returns nothing when that is still the list.
   */
  topTracks(
    range: TimeRange,
    etag: string | null,
    token: string,
    signal: AbortSignal,
  ): Promise<TopList<SpotifyTrack> | undefined> {
    const url = this.url('/v1/me/top/tracks', { time_range: range });
    return this.pages(url, spotifyTrack, etag, token, signal);
  }

  /** A person's top artists of a range, most listened first; as `topTracks`. */
  topArtists(
    range: TimeRange,
    etag: string | null,
    token: string,
    signal: AbortSignal,
  ): Promise<TopList<SpotifyArtist> | undefined> {
    const url = this.url('/v1/me/top/artists', { time_range: range });
    return this.pages(url, spotifyArtist, etag, token, signal);
  }

  /** The last plays, newest first: 50 at most (`full`), and Spotify gives none from further back. */
  async recentlyPlayed(
    token: string,
    signal: AbortSignal,
  ): Promise<{ plays: { track: SpotifyTrack; played_at: string }[]; full: boolean }> {
    const url = this.url('/v1/me/player/recently-played', {});
    const { items } = await this.get(url, recentlyPlayed, this.request(token, signal, PLAYS_SCOPE));
    const plays = items.flatMap(({ track, played_at }) => (track ? [{ track, played_at }] : []));
    return { plays, full: items.length >= PAGE_SIZE };
  }

  async audioFeatures(
    trackIds: readonly string[],
    token: string,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, TrackFeatures>> {
    const url = new URL('/v1/audio-features', this.api);
    url.searchParams.set('ids', trackIds.join(','));
    const { audio_features: rows } = await this.get(url, spotifyAudioFeatures, this.request(token, signal));
    return new Map(
      rows.flatMap((row) => {
        if (!row) return [];
        const { id, ...features } = row;
        return [[id, features] as const];
      }),
    );
  }

  private url(path: string, query: Record<string, string>): URL {
    const url = new URL(path, this.api);
    for (const [name, value] of Object.entries({ ...query, limit: String(PAGE_SIZE) })) {
      url.searchParams.set(name, value);
    }
    return url;
  }

  private async get<T>(url: URL, schema: z.ZodType<T>, request: ProviderRequest): Promise<T> {
    return this.gate.pass(() => getJson(url, schema, request));
  }

  private request(token: string, signal: AbortSignal, scope?: string): ProviderRequest {
    return {
      provider: 'Spotify',
      simulatorExpected: this.settings.SPOTIFY_MODE === 'simulator',
      timeoutMs: this.settings.PROVIDER_TIMEOUT_MS,
      token,
      signal,
      ...(scope && { scope }),
    };
  }

  private async pages<T>(
    url: URL,
    item: z.ZodType<T>,
    etag: string | null,
    token: string,
    signal: AbortSignal,
  ): Promise<TopList<T> | undefined> {
    const request = this.request(token, signal, TOP_SCOPE);
    const first = await this.gate.pass(() => getIfChanged(url, pagingObject(item), etag, request));
    if (!first) return undefined;
    let page: { items: (T | undefined)[]; next: string | null } = first.value;
    const items = [...page.items];
    for (let pages = 1; page.next !== null && pages < MAX_PAGES; pages += 1) {
      page = await this.get(this.sameHost(page.next), pagingObject(item), request);
      items.push(...page.items);
    }
    return {
      items: items.filter((one) => one !== undefined),
      // The first page's tag says nothing of the others.
      etag: first.value.next === null ? first.etag : null,
    };
  }

  // The token goes nowhere else, whatever an answer says.
  private sameHost(next: string): URL {
    const url = new URL(next);
    if (url.origin === this.api.origin) return url;
    throw new PermanentJobError('PAGE_ELSEWHERE', `Spotify's next page is at another host: ${url.origin}`);
  }
}
