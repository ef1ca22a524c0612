import type { EntityManager } from '@mikro-orm/postgresql';
import type { ImportReport } from '@undertone/contracts/listening/import';
import { writeRows } from '@undertone/platform/database/write-rows';
import { ExportedArtist } from '../artists/exported-artist.entity.js';
import { minuteKey } from '../play-keys/minute-key.js';
import { artistKey } from '../play-keys/track-key.js';
import { ExportedTrack } from '../tracks/exported-track.entity.js';
import type { ExportPlay } from './export-plays.js';
import { exportedAround } from './known-plays.js';
import { Play } from './play.entity.js';

/**
 * Keeps the plays of one import, in the place of what account data knew of the same ones, and what the export calls their
 * tracks and artists: for this person alone, who would else name them for everybody.
 */
export class ImportedPlays {
  /** By name: each is written once an import. */
  private readonly artists = new Map<string, string>();
  private readonly tracks = new Set<string>();

  constructor(
    private readonly em: EntityManager,
    private readonly report: Pick<ImportReport, 'user_id'>,
    private readonly sequence: number,
  ) {}

  async insert(plays: readonly ExportPlay[]): Promise<void> {
    await this.insertArtists(plays);
    await this.insertTracks(plays);
    const userId = this.report.user_id;
    const rows = plays.map((play) => {
      const { track, artist, ms_played: msPlayed } = play;
      const playedAt = new Date(play.played_at);
      return {
        id: play.id,
        userId,
        playedAt,
        trackId: play.track_id,
        msPlayed,
        source: 'export' as const,
        minuteKey: minuteKey(userId, { endedAt: playedAt, artist, track, msPlayed }),
        wholeMinute: play.whole_minute ?? false,
        artist: this.artistId(artist).replace('name:', ''),
        sequence: this.sequence,
      };
    });
    await this.deleteWholeMinutes(rows.filter(({ wholeMinute }) => !wholeMinute));
    await writeRows(this.em, Play, rows, 'ignore');
  }

  private async deleteWholeMinutes(exact: readonly { playedAt: Date; minuteKey: string }[]): Promise<void> {
    const streams = exact.map(({ playedAt }) => ({ endedAt: playedAt }));
    const told = new Set(exact.map(({ minuteKey }) => minuteKey));
    const there = await exportedAround(this.em, this.report.user_id, streams);
    const replaced = there.filter(({ whole_minute, minute_key }) => whole_minute && told.has(minute_key));
    if (replaced.length === 0) return;
    await this.em.execute(
      'delete from play where id = any (array(select jsonb_array_elements_text(?::jsonb)::uuid))',
      [JSON.stringify(replaced.map(({ id }) => id))],
    );
  }

  private async insertArtists(plays: readonly ExportPlay[]): Promise<void> {
    const fresh = new Map<string, string>();
    for (const { artist: name } of plays) {
      if (!this.artists.has(name)) fresh.set(name, artistKey(name));
    }
    for (const [name, id] of fresh) this.artists.set(name, id);
    if (fresh.size === 0) return;
    const userId = this.report.user_id;
    const rows = [...fresh].map(([name, id]) => ({ userId, id, name }));
    await writeRows(this.em, ExportedArtist, rows, 'ignore');
  }

  private async insertTracks(plays: readonly ExportPlay[]): Promise<void> {
    const userId = this.report.user_id;
    const fresh = new Map(
      plays
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
