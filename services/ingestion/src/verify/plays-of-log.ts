import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import type { ObjectReference } from '@undertone/contracts/object-reference';
import type { ObjectStorage } from '@undertone/platform/objects/object-storage';
import { namesKey } from '../play-keys/track-key.js';
import { isInTheFuture } from '../streams/future.js';
import { isListen, type OwnThreshold } from '../streams/listen-rule.js';
import { neighbourhoods } from '../streams/neighbourhood.js';
import { streamsOf } from '../streams/streams.js';
import type { Telling } from '../streams/telling.js';
import { TrackLengths } from '../streams/track-lengths.js';

/** A telling, and the place in the log of the event that brought it. */
interface LoggedTelling extends Telling {
  readonly source: string;
  readonly artist: string | null;
  readonly trackMs: number | null;
}

interface Row {
  id: string;
  track_id: string;
  played_at: string;
  ms_played: number;
  artist: string | null;
  track: string | null;
  whole_minute?: boolean;
  broken_off?: boolean;
}

const DAY_MS = 86_400_000;

/**
 * A person's plays from their log alone. Which tellings are one stream, and which streams are listens, is said by the rules of
 * the service; what is counted of them is not.
 */
export class PlaysOfLog {
  private readonly tellings: LoggedTelling[] = [];
  /** Places of imports by id, and of what took them back by theirs. */
  private readonly imports = new Map<string, number>();
  private readonly takenBack = new Map<number, number>();
  private readonly thresholds: { readonly place: number; readonly own: OwnThreshold | null }[] = [];

  /** @param names `namesKey`s of tracks by id, as a provider named them. */
  constructor(
    private readonly storage: ObjectStorage,
    private readonly names: ReadonlyMap<string, string | null>,
  ) {}

  told(
    place: number,
    { source, fetched_at }: { source: string; fetched_at: string },
    plays: readonly { track_id: string; played_at: string; track_ms?: number }[],
  ): void {
    for (const { track_id: track, played_at, track_ms: trackMs = null } of plays) {
      if (isInTheFuture(new Date(played_at), new Date(fetched_at))) continue;
      const unknown = { ms: null, artist: null, wholeMinute: false, brokenOff: false };
      const at = Date.parse(played_at);
      const named = this.names.get(track) ?? null;
      const id = `${at} ${track}`;
      this.tellings.push({ id, at, track, named, source, sequence: place, ...unknown, trackMs });
    }
  }

  async imported(
    place: number,
    { import_id, imported_at }: { import_id: string; imported_at: string },
    object: ObjectReference | null,
  ): Promise<void> {
    this.imports.set(import_id, place);
    if (!object) return;
    const text = (await this.storage.get(object)).pipe(createGunzip());
    for await (const line of createInterface({ input: text })) {
      const row = JSON.parse(line) as Row;
      if (isInTheFuture(new Date(row.played_at), new Date(imported_at))) continue;
      const { artist, track } = row;
      this.tellings.push({
        id: row.id,
        at: Date.parse(row.played_at),
        ms: row.ms_played,
        track: row.track_id,
        named: artist === null || track === null ? null : namesKey(artist, track),
        wholeMinute: row.whole_minute ?? false,
        brokenOff: row.broken_off ?? false,
        source: 'export',
        artist,
        trackMs: null,
        sequence: place,
      });
    }
  }

  tookBack(place: number, importId: string): void {
    const imported = this.imports.get(importId);
    if (imported !== undefined && !this.takenBack.has(imported)) this.takenBack.set(imported, place);
  }

  chose(place: number, own: OwnThreshold | null): void {
    const decides = own && (own.min_seconds !== null || own.min_share !== null);
    this.thresholds.push({ place, own: decides ? own : null });
  }

  /** How often each track was played in a period, as the log had it up to and with a place, and the artist's name. */
  heard(
    { from, to }: { from: string; to: string },
    place: number,
  ): Map<string, { times: number; artist: string | null }> {
    const [since, until] = [Date.parse(from), Date.parse(to)];
    const told = this.tellings.filter(
      ({ sequence }) => sequence <= place && !((this.takenBack.get(sequence) ?? Infinity) <= place),
    );
    const lengths = new TrackLengths();
    for (const telling of told) lengths.add(telling);
    // Whatever may be told of the same streams.
    const near = told.filter(({ at }) => at >= since - 2 * DAY_MS && at < until + 2 * DAY_MS);
    const own = this.thresholds.findLast((chosen) => chosen.place <= place)?.own ?? null;
    const listen = (telling: LoggedTelling, brokenOff: boolean): boolean =>
      isListen({ ms: telling.ms, brokenOff, durationMs: lengths.of(telling) }, own);
    const tracks = new Map<string, { times: number; artist: string | null }>();
    for (const { play } of neighbourhoods(near).flatMap((one) => streamsOf(one, listen))) {
      if (!play || play.source === 'simulator' || play.at < since || play.at >= until) continue;
      const known = tracks.get(play.track);
      tracks.set(play.track, {
        times: (known?.times ?? 0) + 1,
        artist: known?.artist ?? play.artist,
      });
    }
    return tracks;
  }
}
