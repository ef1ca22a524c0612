import type { EntityManager } from '@mikro-orm/postgresql';
import type { ImportReport } from '@undertone/contracts/listening/import';
import { writeRows } from '@undertone/platform/database/write-rows';
import { ExportedArtist } from '../artists/exported-artist.entity.js';
import { artistKey, namesKey } from '../play-keys/track-key.js';
import { isInTheFuture } from '../streams/future.js';
import { ExportedTrack } from '../tracks/exported-track.entity.js';
import type { ExportStream } from './export-streams.js';
import { settlePlays } from './settle-plays.js';
import type { StoredTelling } from './stored-telling.js';

type Named = ExportStream & { readonly track: string; readonly artist: string };

/**
 * Keeps the streams of one import, and what the export calls their tracks and artists: for this person alone, who would else
 * name them for everybody.
 */
export class ImportedStreams {
  /** By name: each is written once an import. */
  private readonly artists = new Map<string, string>();
  private readonly tracks = new Set<string>();
  private last: string | null = null;

  constructor(
    private readonly em: EntityManager,
    private readonly report: Pick<ImportReport, 'user_id' | 'imported_at'>,
    private readonly sequence: number,
  ) {}

  /** When the last stream ended that it has kept so far. */
  get lastPlayedAt(): string | null {
    return this.last;
  }

  async keep(streams: readonly ExportStream[]): Promise<void> {
    // Earlier releases kept them.
    const importedAt = new Date(this.report.imported_at);
    const heard = streams.filter(({ played_at }) => !isInTheFuture(new Date(played_at), importedAt));
    for (const { played_at } of heard) if (this.last === null || played_at > this.last) this.last = played_at;
    const named = heard.filter((stream): stream is Named => stream.track !== null && stream.artist !== null);
    await this.insertArtists(named);
    await this.insertTracks(named);
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
      named: track === null || artist === null ? null : namesKey(artist, track),
      wholeMinute: stream.whole_minute ?? false,
      brokenOff: stream.broken_off ?? false,
      sequence: this.sequence,
      source: 'export',
      artist: artist === null ? null : this.artistId(artist).replace('name:', ''),
      isPlay: false,
    };
  }

  private async insertArtists(streams: readonly Named[]): Promise<void> {
    const fresh = new Map<string, string>();
    for (const { artist: name } of streams) {
      if (!this.artists.has(name)) fresh.set(name, artistKey(name));
    }
    for (const [name, id] of fresh) this.artists.set(name, id);
    if (fresh.size === 0) return;
    const userId = this.report.user_id;
    const rows = [...fresh].map(([name, id]) => ({ userId, id, name }));
    await writeRows(this.em, ExportedArtist, rows, 'ignore');
  }

  private async insertTracks(streams: readonly Named[]): Promise<void> {
    const userId = this.report.user_id;
    const fresh = new Map(
      streams
        .filter(({ track_id }) => !this.tracks.has(track_id))
        .map(({ track_id: trackId, track: name, artist, album }) => [
          trackId,
          { userId, trackId, name, artists: [{ id: this.artistId(artist), name: artist }], album },
        ]),
    );
    for (const id of fresh.keys()) this.tracks.add(id);
    if (fresh.size === 0) return;
    await writeRows(this.em, ExportedTrack, [...fresh.values()], 'ignore');
  }

  private artistId(name: string): string {
    return this.artists.get(name) ?? artistKey(name);
  }
}
