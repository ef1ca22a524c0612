import type { HistoryStream } from '../export-files/history-row.js';
import { namesKey, trackId } from '../play-keys/track-key.js';
import { rangeOf } from '../streams/neighbourhood.js';
import type { Telling } from '../streams/telling.js';
import type { TrackLengths } from '../streams/track-lengths.js';

/** What a row of music tells, and where it stands. */
export interface RowTelling extends Telling {
  /** Its place in the list of files. */
  readonly file: number;
  /** From 1. */
  readonly row: number;
}

/** What stays in memory of a row until all are read: numbers alone. */
interface Packed {
  /** In seconds: small enough to be no object of its own. */
  readonly at: number;
  readonly ms: number;
  readonly track: number;
  readonly named: number;
  readonly flags: number;
  readonly file: number;
  readonly row: number;
}

const [WHOLE_MINUTE, BROKEN_OFF] = [1, 2];
/** Rows that are decided on together, unless the music never pauses. */
const CHUNK = 500;
const MOST = 20_000;

/** What a stream of an export tells, before it is told. */
export function wordsOf(stream: HistoryStream): Omit<Telling, 'id' | 'sequence'> {
  const { artist, track, trackUri } = stream;
  const named = artist === null || track === null ? null : namesKey(artist, track);
  const key = trackId(trackUri) ?? named;
  if (key === null) throw new RangeError('a stream has an id or names');
  return {
    at: stream.endedAt.getTime(),
    ms: stream.msPlayed,
    track: key,
    named,
    wholeMinute: stream.wholeMinute,
    brokenOff: stream.brokenOff,
  };
}

/** The rows of an import that are music, in the order of time and not of its files. */
export class MusicRows {
  private readonly rows: Packed[] = [];
  private readonly keys: string[] = [];
  private readonly positions = new Map<string, number>();

  get size(): number {
    return this.rows.length;
  }

  add(words: Omit<Telling, 'id' | 'sequence'>, file: number, row: number): void {
    this.rows.push({
      at: Math.floor(words.at / 1_000),
      ms: words.ms ?? 0,
      track: this.positionOf(words.track),
      named: words.named === null ? -1 : this.positionOf(words.named),
      flags: (words.wholeMinute ? WHOLE_MINUTE : 0) | (words.brokenOff ? BROKEN_OFF : 0),
      file,
      row,
    });
  }

  /** How long tracks are, when these rows are told to somebody who knows some lengths. */
  lengthsWith(lengths: TrackLengths): TrackLengths {
    for (const packed of this.rows) lengths.add(this.unpacked(packed));
    return lengths;
  }

  /** Cut where the music paused, so that no stream is told in two of them. Without a pause for very long one may be. */
  *chunks(): Generator<RowTelling[]> {
    this.rows.sort((a, b) => a.at - b.at);
    let chunk: RowTelling[] = [];
    let until = Number.NEGATIVE_INFINITY;
    for (const packed of this.rows) {
      const telling = this.unpacked(packed);
      const range = rangeOf(telling);
      if (chunk.length >= MOST || (chunk.length >= CHUNK && range.since > until)) {
        yield chunk;
        chunk = [];
      }
      until = Math.max(until, range.until);
      chunk.push(telling);
    }
    if (chunk.length > 0) yield chunk;
  }

  private unpacked({ at, ms, track, named, flags, file, row }: Packed): RowTelling {
    return {
      id: `${file}:${row}`,
      at: at * 1_000,
      ms,
      track: this.keys[track] ?? '',
      named: this.keys[named] ?? null,
      wholeMinute: (flags & WHOLE_MINUTE) !== 0,
      brokenOff: (flags & BROKEN_OFF) !== 0,
      // Of those that say the same, an earlier import's is the one that stays.
      sequence: Number.POSITIVE_INFINITY,
      file,
      row,
    };
  }

  private positionOf(key: string): number {
    const known = this.positions.get(key);
    if (known !== undefined) return known;
    this.positions.set(key, this.keys.push(key) - 1);
    return this.keys.length - 1;
  }
}
