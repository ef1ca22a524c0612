import { MikroORM } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import type { SpotifyTrack } from '../spotify/spotify-schemas.js';
import { Track } from './track.entity.js';

/** The names of tracks, by id. */
@Injectable()
export class TrackCatalogue {
  constructor(@Inject(MikroORM) private readonly orm: MikroORM) {}

  /** Keeps what a provider just said of tracks; the newest word counts. */
  async keep(tracks: readonly SpotifyTrack[], now: Date): Promise<void> {
    const rows = new Map(
      tracks.map((track) => [
        track.id,
        {
          id: track.id,
          name: track.name,
          artists: track.artists.map(({ id, name }) => ({ id, name })),
          album: track.album?.name ?? null,
          durationMs: track.duration_ms ?? null,
          fromExport: false,
          updatedAt: now,
        },
      ]),
    );
    // In one order everywhere, so that two replicas that keep the same tracks do not lock each other out.
    const ordered = [...rows.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    if (ordered.length > 0) await this.orm.em.fork().upsertMany(Track, ordered);
  }
}
