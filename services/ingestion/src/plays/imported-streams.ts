import type { EntityManager } from '@mikro-orm/postgresql';
import type { ImportReport } from '@undertone/contracts/listening/import';
import { artistKey, namesKey } from '../play-keys/track-key.js';
import { isInTheFuture } from '../streams/future.js';
import type { ExportStream } from './export-streams.js';
import { ExportedNames, type NamedStream } from './exported-names.js';
import { settlePlays } from './settle-plays.js';
import type { StoredTelling } from './stored-telling.js';

const isNamed = (stream: ExportStream): stream is NamedStream =>
  stream.track !== null && stream.artist !== null;

// Earlier releases kept what was still to come.
const heardBy = (report: Pick<ImportReport, 'imported_at'>, streams: readonly ExportStream[]) =>
  streams.filter(({ played_at }) => !isInTheFuture(new Date(played_at), new Date(report.imported_at)));

/** Keeps what one import calls its tracks and artists. */
export class ImportedNames {
  private readonly names: ExportedNames;

  constructor(
    em: EntityManager,
    private readonly report: Pick<ImportReport, 'user_id' | 'imported_at'>,
  ) {
    this.names = new ExportedNames(em, report.user_id);
  }

  keep(streams: readonly ExportStream[]): Promise<void> {
    return this.names.keep(heardBy(this.report, streams).filter(isNamed));
  }
}

/** Keeps the streams of one import, and what the export calls their tracks and artists. */
export class ImportedStreams {
  private readonly names: ImportedNames;
  /** Derived once each: an import has many more streams than tracks. */
  private readonly keys = new Map<string, string>();
  private last: string | null = null;

  constructor(
    private readonly em: EntityManager,
    private readonly report: Pick<ImportReport, 'user_id' | 'imported_at'>,
    private readonly sequence: number,
  ) {
    this.names = new ImportedNames(em, report);
  }

  /** When the last stream ended that it has kept so far. */
  get lastPlayedAt(): string | null {
    return this.last;
  }

  async keep(streams: readonly ExportStream[]): Promise<void> {
    const heard = heardBy(this.report, streams);
    for (const { played_at } of heard) {
      if (this.last === null || played_at > this.last) this.last = played_at;
    }
    await this.names.keep(heard);
    const fresh = new Map(heard.map((stream) => [stream.id, this.tellingOf(stream)]));
    await settlePlays(this.em, this.report.user_id, { fresh: [...fresh.values()] });
  }

  private tellingOf(stream: ExportStream): StoredTelling {
    const { track, artist } = stream;
    return {
      id: stream.id,
      at: Date.parse(stream.played_at),
      ms: stream.ms_played,
      track: stream.track_id,
      named: isNamed(stream) ? this.keyOf(stream) : null,
      wholeMinute: stream.whole_minute ?? false,
      brokenOff: stream.broken_off ?? false,
      sequence: this.sequence,
      source: 'export',
      artist: artist === null || track === null ? null : this.artistOf(artist),
      trackMs: null,
      isPlay: false,
    };
  }

  private keyOf({ artist, track }: NamedStream): string {
    return this.once(`${artist}\u0000${track}`, () => namesKey(artist, track));
  }

  private artistOf(artist: string): string {
    return this.once(artist, () => artistKey(artist).replace('name:', ''));
  }

  private once(words: string, derive: () => string): string {
    const known = this.keys.get(words) ?? derive();
    this.keys.set(words, known);
    return known;
  }
}
