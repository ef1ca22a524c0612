import type { SkipReason } from '@undertone/contracts/listening/import';
import { playId } from '../listening/play-id.js';
import type { HistoryStream } from './history-row.js';
import { type ProviderPlays, WINDOW_MARGIN_MS } from './known-plays.js';
import { trackKey } from './track-key.js';

/** A play under this that was skipped is not a listen, in milliseconds. */
const TOO_SHORT_MS = 30_000;

/** A stream that may be kept, and what it would be known by. */
export interface Candidate {
  readonly id: string;
  readonly trackId: string;
  readonly stream: HistoryStream;
}

export type Verdict = 'kept' | SkipReason;

/**
 * Decides on the streams of one import, one after another.
 *
 * A stream is a duplicate when second of the end, track and milliseconds are those of another one. Spotify's API knows
 * no length, and whether its `played_at` is a play's start or its end is nowhere promised (the reference says "the
 * date and time the track was played"). So the API's play of the same track is the same play when its `played_at` lies
 * within the stream, from `ts − ms_played` to `ts`, or up to five seconds outside of it, for rounding and for the
 * clocks of two systems; whatever it means, it is in there. A play of the API answers for one stream at most, the
 * nearest of those left: a track on repeat stays as many plays as it was.
 * https://developer.spotify.com/documentation/web-api/reference/get-recently-played
 */
export class PlaySelection {
  // Sixteen characters an id: what stays in memory of a row.
  private readonly seen = new Set<string>();

  /** @param providerPlays is used up. */
  constructor(
    private readonly userId: string,
    private readonly providerPlays: ProviderPlays,
  ) {}

  candidate(stream: HistoryStream): Candidate {
    const trackId = trackKey(stream.trackUri, stream.artist, stream.track);
    return { id: playId(this.userId, stream.endedAt, trackId, stream.msPlayed), trackId, stream };
  }

  /** @param isKnown whether an earlier import kept it. */
  decide({ id, trackId, stream }: Candidate, isKnown: boolean): Verdict {
    if (stream.wasSkipped && stream.msPlayed < TOO_SHORT_MS) return 'too_short_and_skipped';
    const short = Buffer.from(id.replaceAll('-', ''), 'hex').toString('latin1');
    if (this.seen.has(short)) return 'duplicate_in_import';
    this.seen.add(short);
    if (isKnown) return 'duplicate_of_history';
    return this.claimProviderPlay(trackId, stream) ? 'duplicate_of_spotify' : 'kept';
  }

  private claimProviderPlay(trackId: string, stream: HistoryStream): boolean {
    const times = this.providerPlays.get(trackId);
    if (!times) return false;
    const end = stream.endedAt.getTime();
    const from = end - stream.msPlayed - WINDOW_MARGIN_MS;
    const to = end + WINDOW_MARGIN_MS;
    let nearest = -1;
    times.forEach((time, index) => {
      if (time < from || time > to) return;
      const best = times[nearest];
      if (best === undefined || Math.abs(time - end) < Math.abs(best - end)) nearest = index;
    });
    if (nearest < 0) return false;
    times.splice(nearest, 1);
    return true;
  }
}
