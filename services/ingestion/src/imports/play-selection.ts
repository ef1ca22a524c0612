import type { SkipReason } from '@undertone/contracts/listening/import';
import type { HistoryStream } from '../export-files/history-row.js';
import { minuteKey } from '../play-keys/minute-key.js';
import { playId } from '../play-keys/play-id.js';
import { trackKey } from '../play-keys/track-key.js';
import { type KnownPlays, type ProviderPlays, WINDOW_MARGIN_MS } from '../plays/known-plays.js';

/** A play under this that was skipped is not a listen, in milliseconds. */
const TOO_SHORT_MS = 30_000;
const MINUTE_MS = 60_000;

/** A stream that may be kept, and what it would be known by. */
export interface Candidate {
  readonly id: string;
  /** See `minuteKey`. */
  readonly minute: string;
  readonly trackId: string;
  readonly stream: HistoryStream;
}

export type Verdict = 'kept' | SkipReason;

export interface Decision {
  readonly verdict: Verdict;
  /** An earlier import kept the same stream from account data, which knows less of it. */
  readonly replaces: boolean;
}

const skipped = (verdict: SkipReason): Decision => ({ verdict, replaces: false });
/** Sixteen characters an id: what stays in memory of a row. */
const short = (id: string): string => Buffer.from(id.replaceAll('-', ''), 'hex').toString('latin1');

/**
 * Decides on the streams of one import, one after another, those of account data last.
 *
 * A stream is a duplicate when second of the end, track and milliseconds are those of another one. Account data has
 * neither seconds nor ids: its streams are duplicates when minute, names and milliseconds are those of another one, and
 * one of the extended history takes the place of such a stream that an earlier import kept.
 *
 * Spotify's API knows no length, and whether its `played_at` is a play's start or its end is nowhere promised (the
 * reference says "the date and time the track was played"). So the API's play of the same track is the same play when
 * its `played_at` lies within the stream, from `ts − ms_played` to `ts`, or up to five seconds outside of it, for
 * rounding and for the clocks of two systems; whatever it means, it is in there. A play of the API answers for one
 * stream at most, the nearest of those left: a track on repeat stays as many plays as it was. Where an export has no
 * id, a track of the same names is the same track.
 * https://developer.spotify.com/documentation/web-api/reference/get-recently-played
 */
export class PlaySelection {
  private readonly seen = new Set<string>();
  private readonly seenMinutes = new Set<string>();
  private readonly replaced = new Set<string>();

  /**
   * @param provider is used up.
   * @param hasAccountData whether any file of the import is account data; else minutes are not remembered.
   */
  constructor(
    private readonly userId: string,
    private readonly provider: ProviderPlays,
    private readonly hasAccountData: boolean,
  ) {}

  candidate(stream: HistoryStream): Candidate {
    const trackId = trackKey(stream.trackUri, stream.artist, stream.track);
    const id = playId(this.userId, stream.endedAt, trackId, stream.msPlayed);
    return { id, minute: minuteKey(this.userId, stream), trackId, stream };
  }

  decide(candidate: Candidate, known: KnownPlays): Decision {
    const { id, minute, stream } = candidate;
    const minuteWasSeen = this.hasAccountData && !this.isNewIn(this.seenMinutes, minute);
    if (stream.wasSkipped && stream.msPlayed < TOO_SHORT_MS) return skipped('too_short_and_skipped');
    const isNew = this.isNewIn(this.seen, id);
    if (!isNew || (stream.wholeMinute && minuteWasSeen)) return skipped('duplicate_in_import');
    if (known.ids.has(id) || (stream.wholeMinute && known.minutes.has(minute))) {
      return skipped('duplicate_of_history');
    }
    if (this.claimProviderPlay(candidate)) return skipped('duplicate_of_spotify');
    return {
      verdict: 'kept',
      replaces: known.wholeMinutes.has(minute) && this.isNewIn(this.replaced, minute),
    };
  }

  private isNewIn(seen: Set<string>, id: string): boolean {
    const before = seen.size;
    return seen.add(short(id)).size > before;
  }

  private claimProviderPlay({ trackId, stream }: Candidate): boolean {
    const end = stream.endedAt.getTime();
    const from = end - stream.msPlayed - WINDOW_MARGIN_MS;
    const to = end + WINDOW_MARGIN_MS + (stream.wholeMinute ? MINUTE_MS : 0);
    const candidates = [trackId, ...(this.provider.named.get(trackId) ?? [])].flatMap((track) =>
      (this.provider.times.get(track) ?? []).map((time) => ({ track, time })),
    );
    const [nearest] = candidates
      .filter(({ time }) => time >= from && time <= to)
      .sort((a, b) => Math.abs(a.time - end) - Math.abs(b.time - end));
    if (!nearest) return false;
    const times = this.provider.times.get(nearest.track) ?? [];
    times.splice(times.indexOf(nearest.time), 1);
    return true;
  }
}
