import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import type { ObjectReference } from '@undertone/contracts/object-reference';
import type { ObjectStorage } from '@undertone/platform/objects/object-storage';
import { minuteKey } from '../play-keys/minute-key.js';

/** A play, the place of the event that brought it, and of the one that put more exact plays in its place. */
interface LoggedPlay {
  readonly track: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly ms: number;
  readonly source: string;
  readonly artist: string | null;
  readonly wholeMinute: boolean;
  readonly minute: string | null;
  readonly from: number;
  until: number;
}

interface Row {
  id: string;
  track_id: string;
  played_at: string;
  ms_played: number;
  artist: string;
  track: string;
  whole_minute?: boolean;
}

const MARGIN_MS = 5_000;
const MINUTE_MS = 60_000;

/**
 * A person's plays from their log alone. An API's play that lies within an exported one of the same track is that one; what
 * account data and an API tell of the same play under two different ids is not matched here, because the log has no names.
 */
export class PlaysOfLog {
  private readonly plays = new Map<string, LoggedPlay>();

  constructor(
    private readonly userId: string,
    private readonly storage: ObjectStorage,
  ) {}

  told(place: number, source: string, plays: readonly { track_id: string; played_at: string }[]): void {
    for (const { track_id: track, played_at } of plays) {
      const at = Date.parse(played_at);
      const key = `${at} ${track}`;
      if (this.plays.has(key) || this.isExported(track, at)) continue;
      const rest = { ms: 0, artist: null, wholeMinute: false, minute: null };
      this.plays.set(key, { track, at, source, from: place, until: Number.POSITIVE_INFINITY, ...rest });
    }
  }

  async imported(place: number, object: ObjectReference | null): Promise<void> {
    if (!object) return;
    const text = (await this.storage.get(object)).pipe(createGunzip());
    for await (const line of createInterface({ input: text })) this.keep(JSON.parse(line) as Row, place);
  }

  /** How often each track was played in a period, as the log had it up to and with a place, and the artist's name. */
  heard(
    { from, to }: { from: string; to: string },
    place: number,
  ): Map<string, { times: number; artist: string | null }> {
    const tracks = new Map<string, { times: number; artist: string | null }>();
    for (const play of this.plays.values()) {
      const counts = play.source !== 'simulator' && play.from <= place && play.until > place;
      if (!counts || play.at < Date.parse(from) || play.at >= Date.parse(to)) continue;
      const known = tracks.get(play.track);
      tracks.set(play.track, {
        times: (known?.times ?? 0) + 1,
        artist: known?.artist ?? play.artist,
      });
    }
    return tracks;
  }

  private keep(row: Row, place: number): void {
    const at = Date.parse(row.played_at);
    const { artist, track, ms_played: ms } = row;
    const minute = minuteKey(this.userId, { endedAt: new Date(at), artist, track, msPlayed: ms });
    const wholeMinute = row.whole_minute ?? false;
    if (!wholeMinute) {
      for (const play of this.plays.values()) {
        if (play.wholeMinute && play.minute === minute) play.until = Math.min(play.until, place);
      }
    }
    if (this.plays.has(row.id)) return;
    const rest = { source: 'export', from: place, until: Number.POSITIVE_INFINITY };
    this.plays.set(row.id, { track: row.track_id, at, ms, artist, wholeMinute, minute, ...rest });
  }

  private isExported(track: string, at: number): boolean {
    for (const play of this.plays.values()) {
      if (play.source !== 'export' || play.track !== track) continue;
      const end = play.at + MARGIN_MS + (play.wholeMinute ? MINUTE_MS : 0);
      if (at <= end && at >= play.at - play.ms - MARGIN_MS) return true;
    }
    return false;
  }
}
